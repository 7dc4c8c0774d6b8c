#!/usr/bin/env bash
# happy-dom 21.0.4 iterates the names of a Headers object as they were written.
#
# The Fetch standard's "sort and combine" gives iterators lower-case names in sorted order, and Node's own Headers and
# all browsers do so. Code that copies headers into a plain object therefore finds "content-type" in a browser, and
# only "Content-Type" under happy-dom. Headers.get is not affected. Who fakes fetch in a test reads headers by get.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . happy-dom@21.0.4 >/dev/null
cat >check.mjs <<'JS'
import { Window } from 'happy-dom';
const written = [['X-Trace', '1'], ['Content-Type', 'text/plain'], ['Accept', '*/*']];
const names = (Headers) => [...new Headers(written).keys()].join(' ');
const { Headers: Theirs } = new Window();
console.log('Node.js:  ', names(Headers));
console.log('happy-dom:', names(Theirs));
console.log('by get:   ', new Theirs(written).get('content-type'));
JS
node check.mjs | tee seen
diff seen - <<'SEEN'
Node.js:   accept content-type x-trace
happy-dom: X-Trace Content-Type Accept
by get:    text/plain
SEEN
echo "as stated"
