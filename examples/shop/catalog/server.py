import json
import os
import socket
import subprocess
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SHOPS = ["storefront", "orders", "catalog", "shipping"]


def get(name):
    with urllib.request.urlopen(f"http://{name}/") as answer:
        return answer.read().decode().strip()


def query(sql):
    done = subprocess.run(
        ["psql", os.environ["DATABASE_URL"], "-Atc", sql], capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def redis(command):
    with socket.create_connection((os.environ["REDIS_HOST"], 6379)) as connection:
        connection.sendall(f"{command}\r\nQUIT\r\n".encode())
        return connection.makefile().readline().strip()


def calls():
    asked = {name: (lambda name=name: get(name)) for name in SHOPS}
    asked["postgres"] = lambda: query("SELECT count(*) FROM products")
    asked["redis"] = lambda: redis(f"INCR visits:{socket.gethostname()}")
    answers = {}
    for name, ask in asked.items():
        try:
            answers[name] = ask()
        except Exception as error:
            answers[name] = f"{type(error).__name__}: {error}"
    return answers


class Catalog(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/calls":
            body = json.dumps(calls())
        elif self.path == "/products":
            body = query("SELECT json_object_agg(name, cents) FROM products")
        else:
            body = "catalog\n"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Catalog).serve_forever()
