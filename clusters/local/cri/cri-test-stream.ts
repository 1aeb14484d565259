/**
 * A websocket client of the runtime's streaming server, run inside the node's namespaces by the integration tests:
 * `cri-test-stream.ts URL [INPUT]` prints what came on the channels as JSON. A port-forward sends INPUT on channel 0
 * and takes all it gets as stdout.
 */
const [url, input = ''] = process.argv.slice(2);
if (url === undefined) throw new TypeError('usage: cri-test-stream URL [INPUT]');

const forward = url.includes('/portforward/');
const channels: Record<number, Buffer[]> = { 1: [], 2: [], 3: [] };
const socket = new WebSocket(url, 'v4.channel.k8s.io');
socket.binaryType = 'arraybuffer';
socket.onopen = () => {
  if (input !== '') socket.send(Buffer.concat([Buffer.of(0), Buffer.from(input)]));
};
let frames = 0;
socket.onmessage = ({ data }) => {
  const frame = Buffer.from(data as ArrayBuffer);
  frames++;
  if (forward) {
    if (frames > 2 && frame[0] === 0) channels[1]?.push(frame.subarray(1)); // the first two name the port
  } else channels[frame[0] ?? 0]?.push(frame.subarray(1));
};
socket.onclose = () => {
  const text = (channel: number) => Buffer.concat(channels[channel] ?? []).toString();
  const status = text(3);
  console.log(JSON.stringify({ stdout: text(1), stderr: text(2), status: status === '' ? null : JSON.parse(status) }));
};
socket.onerror = (event) => console.error((event as ErrorEvent).message);
