// Asks a running ClickHouse through clickhouse-go over the native protocol, and tells what it saw as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

type event struct {
	Offset      uint64   `json:"offset"`
	TimeMs      int64    `json:"timeMs"`
	Server      string   `json:"server"`
	Exchange    *string  `json:"exchange"`
	PriceMicros *string  `json:"priceMicros"`
	LatencyMs   *float64 `json:"latencyMs"`
	Filled      *bool    `json:"filled"`
	URL         *string  `json:"url"`
	Rest        string   `json:"rest"`
}

type seen struct {
	Sum     string  `json:"sum"`
	Events  []event `json:"events"`
	Refused int32   `json:"refused"`
}

func open(user, password string) driver.Conn {
	connection, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{"127.0.0.1:" + os.Getenv("NATIVE_PORT")},
		Auth: clickhouse.Auth{Database: "touchstone", Username: user, Password: password},
	})
	must(err)
	return connection
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	ctx := context.Background()
	reader := open(os.Getenv("READER"), os.Getenv("READER_PASSWORD"))
	admin := open(os.Getenv("ADMIN"), os.Getenv("ADMIN_PASSWORD"))
	out := seen{Events: []event{}}

	var sum int64
	must(reader.QueryRow(ctx, os.Getenv("SUM_SQL"),
		clickhouse.Named("exchange", "x1"), clickhouse.Named("from", "0")).Scan(&sum))
	out.Sum = strconv.FormatInt(sum, 10)

	rows, err := reader.Query(ctx, os.Getenv("EVENTS_SQL"))
	must(err)
	for rows.Next() {
		var e event
		var at time.Time
		var price *int64
		must(rows.Scan(&e.Offset, &at, &e.Server, &e.Exchange, &price, &e.LatencyMs, &e.Filled, &e.URL, &e.Rest))
		e.TimeMs = at.UnixMilli()
		if price != nil {
			text := strconv.FormatInt(*price, 10)
			e.PriceMicros = &text
		}
		out.Events = append(out.Events, e)
	}
	must(rows.Err())

	batch, err := admin.PrepareBatch(ctx, "INSERT INTO touchstone.client_rows (client, id, at, tags, name)")
	must(err)
	for id := int64(0); id < 1000; id++ {
		var name *string
		if id%2 == 0 {
			text := "näme " + strconv.FormatInt(id, 10)
			name = &text
		}
		must(batch.Append("go", id, time.UnixMilli(1780315200000+id), []string{"a", "b"}, name))
	}
	must(batch.Send())

	err = reader.Exec(ctx, "INSERT INTO touchstone.client_rows (client, id) SELECT 'go', 1")
	if exception, ok := err.(*clickhouse.Exception); ok {
		out.Refused = exception.Code
	}
	must(json.NewEncoder(os.Stdout).Encode(out))
}
