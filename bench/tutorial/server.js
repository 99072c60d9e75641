// What the tutorial builds: Express serves a page, `ws` carries messages, the number of likes lives in a text file.
// Any message counts as a like; the new number goes to every open page. Written for the comparison in
// docs/performance.md, in the way that is fastest within that text: the number is read once and written behind.
// Usage: node server.js ADDRESS:PORT FOLDER

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const express = require('express');
const { WebSocketServer, WebSocket } = require('ws');

const [host, port] = process.argv[2].split(':');
const file = path.join(process.argv[3], 'likes.txt');
fs.mkdirSync(process.argv[3], { recursive: true });
// The tutorial tells its reader to make this file by hand.
if (!fs.existsSync(file)) fs.writeFileSync(file, '0');

const app = express();
app.get('/', (request, response) => {
  response.send(`<!doctype html>
<title>Likes</title>
<button id="like">Like</button> <output id="likes"></output>
<script>
  const socket = new WebSocket('ws://' + location.host);
  socket.onmessage = (message) => { likes.textContent = message.data; };
  like.onclick = () => socket.send('like');
</script>`);
});

const server = http.createServer(app);
const sockets = new WebSocketServer({ server });
let likes = null;

sockets.on('connection', (socket) => {
  if (likes === null) likes = parseInt(fs.readFileSync(file, 'utf8'), 10);
  socket.send(String(likes));
  socket.on('message', () => {
    likes += 1;
    fs.writeFile(file, String(likes), () => {});
    for (const client of sockets.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(String(likes));
    }
  });
});

server.listen(Number(port), host, () => {
  console.log(`ready at http://${host}:${server.address().port}`);
});
