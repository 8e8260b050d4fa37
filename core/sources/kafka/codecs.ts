import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as snappyBlock, uncompress as unsnappyBlock } from 'snappyjs';

/** What kafkajs asks of a codec. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const squeeze = promisify(zstdCompress);
const unsqueeze = promisify(zstdDecompress);

/** Java's snappy-java cuts what it compresses into blocks behind this header: magic, version, oldest compatible version. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

const CODECS: readonly (readonly [kafkajs.CompressionTypes, Codec])[] = [
  [
    kafkajs.CompressionTypes.ZSTD,
    {
      compress: ({ buffer }) => squeeze(buffer, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
      decompress: (bytes) => unsqueeze(bytes),
    },
  ],
  [
    kafkajs.CompressionTypes.LZ4,
    { compress: ({ buffer }) => compressFrame(buffer), decompress: (bytes) => decompressFrame(bytes) },
  ],
  [
    kafkajs.CompressionTypes.Snappy,
    {
      compress: ({ buffer }) => Promise.resolve(Buffer.from(snappyBlock(buffer))),
      decompress: (bytes) => Promise.resolve(unsnappy(bytes)),
    },
  ],
];

/** Teaches kafkajs the codecs that it lacks (it has gzip): without them a compressed record stops its consumer. */
export function registerCodecs(): void {
  const codecs: Record<number, () => Codec> = kafkajs.CompressionCodecs;
  for (const [type, codec] of CODECS) codecs[type] = () => codec;
}

/** Snappy as Kafka's clients send it: one raw block, or Java's framing around several. Source: snappy-java, SnappyInputStream. */
function unsnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return Buffer.from(unsnappyBlock(bytes));
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    blocks.push(Buffer.from(unsnappyBlock(bytes.subarray(at + 4, at + 4 + length))));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
