// ONNX Runtime as a peer of netc: runs one network for as long as it is told to.
//
//     node onnx_peer.js MODEL.onnx CxHxW BATCH THREADS
//
// For each line with a number of seconds on standard input it writes the images
// a second on standard output: the median over samples of at least 20 ms, as
// netc bench does. The first line it writes is "ready".
const { InferenceSession, Tensor } = require(process.env.ONNXRUNTIME || 'onnxruntime-node');
const readline = require('readline');

const [model, shape, batch, threads] = process.argv.slice(2);

async function main() {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: 'sequential',
    graphOptimizationLevel: 'all', executionProviders: ['cpu'],
  });
  const dims = [Number(batch), ...shape.split('x').map(Number)];
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(0.7 * i));
  const feed = { x: new Tensor('float32', values, dims) };
  for (let i = 0; i < 3; i++) await session.run(feed);
  const now = () => Number(process.hrtime.bigint()) / 1e9;
  let start = now();
  await session.run(feed);
  const runs = Math.floor(0.02 / (now() - start)) + 1;
  console.log('ready');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const rates = [], begin = now();
    while (rates.length === 0 || now() - begin < Number(line)) {
      start = now();
      for (let i = 0; i < runs; i++) await session.run(feed);
      rates.push((runs * dims[0]) / (now() - start));
    }
    rates.sort((a, b) => a - b);
    console.log(rates[rates.length >> 1]);
  }
}

main();
