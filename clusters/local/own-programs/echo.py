"""An echo server, as one is found in any language."""
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"version": os.environ["VERSION"], "path": self.path}).encode()
        self.send_response(200)
        self.send_header("x-version", os.environ["VERSION"])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("", int(os.environ["PORT"])), Echo).serve_forever()
