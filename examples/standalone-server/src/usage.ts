/** What `--help` prints. */
export const USAGE = `Modelshelf: a server over folders of AI model files.

Usage: modelshelf [options]

  --root <type>=<folder>      a folder of models; may be given several times.
                              type: loras, checkpoints, unet or embeddings
                              (without any: the folder_paths of --settings, else a demo library)
  --framework <name>          express, fastify or koa (default: express)
  --host <address>            address to listen on (default: 127.0.0.1)
  --port <number>             port to listen on, 0 for any free one (default: 8188)
  --data-dir <folder>         where records such as digests are kept
  --settings <file>           a settings file in JSON
  --civitai-url <origin>      another origin for CivitAI, such as that of a mirror
  --civarchive-url <origin>   the same for CivArchive
  --huggingface-url <origin>  the same for Hugging Face
  --help                      this text
`;

/** Something about the command line that the person who typed it can put right: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
