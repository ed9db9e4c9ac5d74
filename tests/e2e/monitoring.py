#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds monitoring/ against a running Prometheus that watches a running system.

    monitoring.py config FOLDER METRICS_PORT PLAIN_PORT    prints a configuration for the stand
    monitoring.py plain PORT                               a proxy that asks for the text format
    monitoring.py CHECK PROMETHEUS_PORT FOLDER [FILE]      one of the checks below

A check says what is wrong, line by line, and ends with 1.
"""
import http.server
import json
import math
import pathlib
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

PATIENCE_S = 60
JOBS = {"event-service": 9101, "booking-service": 9102, "gateway": 9103}

# Which services each program serves, and which it calls.
HEALTH = "grpc.health.v1.Health"
OWN = ["grpc.channelz.v1.Channelz", HEALTH, "grpc.reflection.v1.ServerReflection",
       "grpc.reflection.v1alpha.ServerReflection", "myevents.v1.SystemService"]
COLLECTOR = "opentelemetry.proto.collector.trace.v1.TraceService"
EVENTS, BOOKINGS, INVENTORY = "myevents.v1.EventService", "myevents.v1.BookingService", "myevents.internal.v1.InventoryService"
SERVED = {"event-service": [*OWN, EVENTS], "booking-service": [*OWN, BOOKINGS, INVENTORY], "gateway": []}
CALLED = {"event-service": [COLLECTOR, INVENTORY], "booking-service": [COLLECTOR, EVENTS],
          "gateway": [COLLECTOR, EVENTS, BOOKINGS]}

MAY_FIRE = {
    "SlowRequests": "a busy machine is slow without being ill",
}


def fetch(port, path, accept="*/*"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return answer.read().decode()


class Prometheus:
    def __init__(self, port):
        self.port = port

    def get(self, what, **parameters):
        """The answer's data, or a sentence about what is wrong with the question."""
        query = urllib.parse.urlencode(parameters)
        try:
            return json.loads(fetch(self.port, f"/api/v1/{what}?{query}"))["data"], None
        except urllib.error.HTTPError as error:
            return None, json.loads(error.read())["error"]

    def query(self, expression):
        data, error = self.get("query", query=expression)
        return (None, error) if error else (data["result"], None)

    def at_rest(self, expression):
        """The query's answer: the first that is empty, or what it still is in the end. On a busy machine a target may
        once not be read in time."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            result, error = self.query(expression)
            if error or not result or time.monotonic() > deadline:
                return result, error
            time.sleep(0.5)

    def rules(self, kind):
        groups = self.get("rules", type=kind)[0]["groups"]
        return [rule for group in groups for rule in group["rules"]]


def has_number(result):
    return any(not math.isnan(float(sample["value"][1])) for sample in result)


def problem_with(prometheus, expression):
    """None when it can be asked and a number comes back."""
    result, error = prometheus.query(expression)
    if error:
        return error
    if not result:
        return "no data"
    return None if has_number(result) else "nothing but NaN"


def all_have_data(prometheus, expressions):
    """Those (where, expression) that have none, with the reason; waits for what is not recorded yet."""
    deadline = time.monotonic() + PATIENCE_S
    left = list(expressions)
    while True:
        found = [(where, e, problem_with(prometheus, e)) for where, e in left]
        left = [(where, e) for where, e, problem in found if problem]
        if not left or time.monotonic() > deadline:
            return [f"{where}: {e}: {problem}" for where, e, problem in found if problem]
        time.sleep(0.5)


# --- the stand ---


def config(folder, metrics_port, plain_port):
    """The example with the stand's ports and a shorter interval, and each program once more in the text format."""
    text = (pathlib.Path(folder) / "prometheus.yml").read_text()
    changes = [("scrape_interval: 5s", "scrape_interval: 1s"), ("evaluation_interval: 15s", "evaluation_interval: 1s")]
    changes += [(f"- {name}", f"- {folder}/{name}") for name in ("rules.yml", "alerts.yml")]
    ports = dict(zip(JOBS, range(int(metrics_port), int(metrics_port) + len(JOBS))))
    changes += [(f"127.0.0.1:{JOBS[job]}", f"127.0.0.1:{port}") for job, port in ports.items()]
    for old, new in changes:
        assert text.count(old) == 1, f"prometheus.yml has {old!r} {text.count(old)} times"
        text = text.replace(old, new)
    print(text)
    for job, port in ports.items():
        print(f"  - job_name: plain-{job}\n    metrics_path: /{port}")
        print(f"    static_configs:\n      - targets: ['127.0.0.1:{plain_port}']")


def plain(port):
    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = fetch(int(self.path[1:]), "/metrics", "text/plain;version=0.0.4").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Proxy).serve_forever()


# --- checks: each yields what is wrong ---


def check_ready(prometheus, _):
    """Every target was read, in both formats."""
    wanted = sorted([*JOBS, *(f"plain-{job}" for job in JOBS)])
    deadline = time.monotonic() + PATIENCE_S
    up = None
    while time.monotonic() < deadline:
        try:
            result, _ = prometheus.query("up == 1")
            up = sorted(sample["metric"]["job"] for sample in result)
        except OSError as error:
            up = error
        if up == wanted:
            return
        time.sleep(0.2)
    for target in prometheus.get("targets")[0]["activeTargets"]:
        yield f"{target['labels']['job']}: {target['health']} {target['lastError']}"
    yield f"up: {up}"


def series_of(prometheus, job):
    data, _ = prometheus.get("series", **{"match[]": f'{{job="{job}",__name__!~".*:.*|ALERTS.*|up|scrape_.*"}}'})
    return {json.dumps({k: v for k, v in s.items() if k not in ("job", "instance")}, sort_keys=True) for s in data}


def both_formats(prometheus, job):
    """A series that has just been born is read in one format before the other."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        rich, plain_ones = series_of(prometheus, job), series_of(prometheus, f"plain-{job}")
        if rich and rich == plain_ones or time.monotonic() > deadline:
            return rich, plain_ones
        time.sleep(0.5)


def check_formats(prometheus, _):
    """promtool likes each program's metrics, and both formats have the same series."""
    for target in prometheus.get("targets")[0]["activeTargets"]:
        job, url = target["labels"]["job"], urllib.parse.urlsplit(target["scrapeUrl"])
        if job not in JOBS:
            continue
        text = fetch(url.port, "/metrics", "text/plain")
        lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        if lint.returncode or lint.stderr:
            yield f"{job}: promtool says {lint.stdout} {lint.stderr}"
        rich, plain_ones = both_formats(prometheus, job)
        if not rich:
            yield f"{job}: no series"
        for one in sorted(rich ^ plain_ones):
            yield f"{job}: only in {'OpenMetrics' if one in rich else 'text'}: {one}"


def methods_of(folder, service):
    """As its proto declares them; None where that proto is not ours."""
    package, _, name = service.rpartition(".")
    for path in (pathlib.Path(folder) / "../proto" / package.replace(".", "/")).glob("*.proto"):
        found = re.search(rf"^service {name} {{$(.*?)^}}", path.read_text(), re.DOTALL | re.MULTILINE)
        if found:
            return re.findall(r"^  rpc (\w+)\(", found[1], re.MULTILINE)


def check_zero(prometheus, folder, snapshot):
    """Before the first call: each method of each service has all its series, and no others have any. Keeps what is there."""
    kept = {}
    for job in JOBS:
        kept[job] = sorted(series_of(prometheus, job))
        for side, services in (("server", SERVED[job]), ("client", CALLED[job])):
            codes = {}
            for one in map(json.loads, kept[job]):
                if one["__name__"] == f"grpc_{side}_handled_total":
                    codes.setdefault((one["grpc_service"], one["grpc_method"]), set()).add(one["grpc_code"])
            for (service, method), seen in codes.items():
                if len(seen) != 17:
                    yield f"{job}: {side} {service}/{method} has {len(seen)} codes"
            allowed = {*services, "unknown", *([HEALTH, "myevents.v1.SystemService"] if job == "gateway" else [])}
            yield from (f"{job}: {side} {name}?" for name in {service for service, _ in codes} - allowed)
            for service in services:
                there = {method for of, method in codes if of == service}
                wanted = set(methods_of(folder, service) or there)
                if not wanted or (there != wanted and not (job == "gateway" and there < wanted)):
                    yield f"{job}: {side} {service} has {sorted(there)}, not {sorted(wanted)}"
    pathlib.Path(snapshot).write_text(json.dumps(kept))


def check_bounded(prometheus, _, snapshot):
    """After the load: the series are those of the start."""
    for job, kept in json.loads(pathlib.Path(snapshot).read_text()).items():
        for one in sorted(series_of(prometheus, job) ^ set(kept)):
            yield f"{job}: {'is gone' if one in kept else 'is new'}: {one}"


def check_rules(prometheus, folder):
    """Every recording rule is loaded, well, and has data."""
    rules = prometheus.rules("record")
    written = (pathlib.Path(folder) / "rules.yml").read_text().count("- record: ")
    if len(rules) != written or written == 0:
        yield f"{len(rules)} rules are loaded, rules.yml has {written}"
    for rule in rules:
        if rule["health"] == "err":
            yield f"{rule['name']}: {rule['lastError']}"
    yield from all_have_data(prometheus, [(rule["name"], rule["query"]) for rule in rules])
    yield from all_have_data(prometheus, [("recorded", rule["name"]) for rule in rules])


def selectors(expression):
    """Every name{labels} of an expression."""
    words = r"by|without|on|and|or|unless|ignoring|group_left|group_right|bool|offset"
    bare = re.sub(r"\b(by|on|without|ignoring)\s*\([^)]*\)", "", expression)
    bare = re.sub(r"\[[^]]*\]", "", bare)
    found = re.findall(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})?(?!\s*\()(?![a-zA-Z0-9_:])", bare)
    return [name + labels for name, labels in found if not re.fullmatch(words, name) and (labels or "_" in name or name == "up")]


def check_alerts(prometheus, folder):
    """Every alert reads series that exist, says what to do, is tested, and is silent now."""
    alerts = prometheus.rules("alert")
    written = (pathlib.Path(folder) / "alerts.yml").read_text().count("- alert: ")
    tested = (pathlib.Path(folder) / "rules_test.yml").read_text()
    if len(alerts) != written or written == 0:
        yield f"{len(alerts)} alerts are loaded, alerts.yml has {written}"
    for alert in alerts:
        name = alert["name"]
        missing = {"summary", "description", "action"} - set(alert["annotations"])
        if missing or alert["labels"].get("severity") not in ("page", "ticket"):
            yield f"{name}: lacks {', '.join(missing) or 'a severity of page or ticket'}"
        for ends in (r"exp_samples: \[\]", r"exp_samples:\n"):
            if not re.search(rf'alertname="{name}",alertstate="firing"[^\n]*\n[^\n]*eval_time[^\n]*\n *{ends}', tested):
                yield f"{name}: rules_test.yml does not show it {'silent' if '[' in ends else 'firing'}"
        result, error = (prometheus.query if name in MAY_FIRE else prometheus.at_rest)(alert["query"])
        if error:
            yield f"{name}: {error}"
        elif result and name not in MAY_FIRE:
            yield f"{name}: would fire: {result}"
        yield from all_have_data(prometheus, [(name, selector) for selector in selectors(alert["query"])])
        if not selectors(alert["query"]):
            yield f"{name}: reads nothing"


def concrete(expression, variables):
    """As Grafana asks, with everything chosen."""
    for name in variables:
        expression = expression.replace(f"${name}", ".*")
    return expression.replace("$__rate_interval", "10m")


def check_board(board):
    """What Grafana needs of a dashboard file."""
    names = [variable["name"] for variable in board["templating"]["list"]]
    ids = [panel["id"] for panel in board["panels"]]
    if board["id"] is not None or not board["uid"] or not board["title"] or board["schemaVersion"] < 36:
        yield "needs a uid, a title, a schemaVersion of Grafana 10 and the id null"
    if board["templating"]["list"][0].get("query") != "prometheus" or names[0] != "datasource":
        yield "its first variable is not the data source"
    if len(set(ids)) != len(ids):
        yield "two panels have one id"
    taken = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        if at["x"] + at["w"] > 24 or cells & taken:
            yield f"{panel['title']}: lies beside the grid or on another panel"
        taken |= cells
        if panel["type"] == "row":
            continue
        if panel["type"] not in ("timeseries", "stat", "heatmap") or not panel["targets"]:
            yield f"{panel['title']}: shows nothing"
        references = [target["refId"] for target in panel["targets"]]
        if len(set(references)) != len(references):
            yield f"{panel['title']}: two queries have one refId"
        for source in [panel["datasource"], *(target["datasource"] for target in panel["targets"])]:
            if source != {"type": "prometheus", "uid": "${datasource}"}:
                yield f"{panel['title']}: reads from {source}"
        for used in re.findall(r"\$(\w+)", json.dumps([target["expr"] for target in panel["targets"]])):
            if used not in names and used != "__rate_interval":
                yield f"{panel['title']}: ${used} is no variable"


def expressions_of(board):
    names = [variable["name"] for variable in board["templating"]["list"]]
    for variable in board["templating"]["list"][1:]:
        selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        yield f"variable {variable['name']}", f'count by ({label}) ({concrete(selector, names)}) > 0'
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], concrete(target["expr"], names)


def check_dashboards(prometheus, folder):
    """Grafana can read each, every query of each has data, and no two are one."""
    files = sorted((pathlib.Path(folder) / "grafana").glob("*.json"))
    boards = {path.name: json.loads(path.read_text()) for path in files}
    if len({board["uid"] for board in boards.values()}) != len(boards) or not boards:
        yield f"{len(boards)} dashboards, and their uids are not all different"
    for name, board in boards.items():
        for problem in check_board(board):
            yield f"{name}: {problem}"
        yield from all_have_data(prometheus, [(f"{name}, {where}", e) for where, e in expressions_of(board)])
    if not any(target.get("exemplar") for b in boards.values() for p in b["panels"] for target in p.get("targets", [])):
        yield "no panel shows exemplars"


def check_exemplars(prometheus, _, log):
    """Counters and buckets lead to traces that the log knows, on each side."""
    said = pathlib.Path(log).read_text()
    families = ["grpc_server_handled_total", "grpc_server_handling_seconds_bucket", "grpc_client_handled_total",
                "grpc_client_handling_seconds_bucket", "http_server_request_duration_seconds_bucket"]
    for family in families:
        data, error = prometheus.get("query_exemplars", query=family, start=time.time() - 3600, end=time.time())
        labels = [exemplar["labels"] for series in data or [] for exemplar in series["exemplars"]]
        traces = {one["trace_id"] for one in labels}
        if error or not traces:
            yield f"{family}: {error or 'has no exemplar'}"
        for one in labels:
            if not re.fullmatch("[0-9a-f]{32}", one["trace_id"]) or not re.fullmatch("[0-9a-f]{16}", one["span_id"]):
                yield f"{family}: {one} is no trace"
        if traces and not any(f"trace_id={trace}" in said for trace in traces):
            yield f"{family}: none of {len(traces)} traces is in the log"


def main(what, *arguments):
    if what in ("config", "plain"):
        return globals()[what](*arguments)
    problems = list(globals()[f"check_{what}"](Prometheus(arguments[0]), *arguments[1:]))
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
