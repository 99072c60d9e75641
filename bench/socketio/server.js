// The tutorial's job with Socket.IO 4: the number of likes lives in a text file, `like` counts one more and goes to
// every open page as `likes`. Written for the comparison in docs/performance.md.
// Usage: node server.js ADDRESS:PORT FOLDER

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { Server } = require('socket.io');

const [host, port] = process.argv[2].split(':');
const file = path.join(process.argv[3], 'likes.txt');
fs.mkdirSync(process.argv[3], { recursive: true });
let likes = fs.existsSync(file) ? parseInt(fs.readFileSync(file, 'utf8'), 10) : 0;

const server = http.createServer();
const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false });

io.on('connection', (socket) => {
  socket.emit('likes', likes);
  socket.on('like', () => {
    likes += 1;
    fs.writeFile(file, String(likes), () => {});
    io.emit('likes', likes);
  });
});

server.listen(Number(port), host, () => {
  console.log(`ready at http://${host}:${server.address().port}`);
});
