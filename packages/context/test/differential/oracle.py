"""Runs scripted cases through CPython's ssl and prints what came of each step, as JSON.

Input: {"cases": [{"name": ..., "steps": [...]}]}. A step is {"do": ..., ...}; objects live under the names given with
"as". The same scripts run through sslkit (script.ts); both print the same shapes, so that they can be compared.
"""

import binascii
import json
import ssl
import sys
import warnings

warnings.simplefilter("ignore")


def decode(value):
    """From JSON to Python: {"$bytes": hex} and the like are values that JSON does not have."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return bytes.fromhex(value["$bytes"])
    if "$bytearray" in value:
        return bytearray.fromhex(value["$bytearray"])
    if "$repeat" in value:
        return value["$repeat"] * value["times"]
    if "$returns" in value:
        returned = decode(value["$returns"])
        return lambda *args: returned
    if "$raises" in value:
        def raises(*args):
            raise RuntimeError(value["$raises"])
        return raises
    if "$sni" in value:
        return lambda *args: sni_callback(value["$sni"], *args)
    if "$constant" in value:
        return getattr(ssl, value["$constant"])
    if "$purpose" in value:
        return getattr(ssl.Purpose, value["$purpose"])
    if "$object" in value:
        return ENVIRONMENT[value["$object"]]
    return {key: decode(item) for key, item in value.items()}


def encode(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": bytes(value).hex()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, bool) or value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return int(value)
    return {"$type": type(value).__name__}


def failure(error):
    described = {"error": type(error).__name__, "bases": [base.__name__ for base in type(error).__mro__]}
    if isinstance(error, ssl.SSLError):
        described["reason"] = getattr(error, "reason", None)
        described["library"] = getattr(error, "library", None)
        described["message"] = error.args[1] if len(error.args) > 1 else str(error.args[0])
        described["number"] = error.args[0] if len(error.args) > 1 else None
        for name in ("verify_code", "verify_message"):
            if hasattr(error, name):
                described[name] = getattr(error, name)
    else:
        described["message"] = str(error)
    return described


ENVIRONMENT = {}
TOLD = []


def sni_callback(does, connection, name, context):
    ours = [connection is ENVIRONMENT["s"], name, context is ENVIRONMENT["sc"]]
    TOLD.append(ours + [connection.version(), connection.server_hostname, connection.context is context])
    if "context" in does:
        connection.context = decode(does["context"])
    if "raises" in does:
        raise RuntimeError(does["raises"])
    return decode(does.get("returns"))


def attempt(call):
    try:
        return {"value": encode(call())}
    except Exception as error:  # noqa: BLE001 - whatever it is, is the result
        return failure(error)


def do_context(step):
    ENVIRONMENT[step["as"]] = ssl.SSLContext(decode(step["protocol"]))


def do_default_context(step):
    ENVIRONMENT[step["as"]] = ssl.create_default_context(*decode(step.get("args", [])), **decode(step.get("kwargs", {})))


def do_get(step):
    return getattr(ENVIRONMENT[step["on"]], step["name"])


def do_set(step):
    setattr(ENVIRONMENT[step["on"]], step["name"], decode(step["value"]))


def do_call(step):
    method = getattr(ENVIRONMENT[step["on"]], step["name"])
    return method(*decode(step.get("args", [])), **decode(step.get("kwargs", {})))


def do_call_into(step):
    """A read into a buffer: its result and what the buffer then holds."""
    buffer = bytearray(step["size"])
    count = ENVIRONMENT[step["on"]].read(step["nbytes"], buffer)
    return [count, bytes(buffer)]


def do_function(step):
    return getattr(ssl, step["name"])(*decode(step.get("args", [])), **decode(step.get("kwargs", {})))


def do_bio(step):
    ENVIRONMENT[step["as"]] = ssl.MemoryBIO()


def do_wrap(step):
    incoming, outgoing = ENVIRONMENT[step["incoming"]], ENVIRONMENT[step["outgoing"]]
    kwargs = decode(step.get("kwargs", {}))
    ENVIRONMENT[step["as"]] = ENVIRONMENT[step["on"]].wrap_bio(incoming, outgoing, **kwargs)


def do_constant(step):
    value = getattr(ssl, step["name"])
    return value if isinstance(value, (str, tuple)) else int(value)


def do_purpose(step):
    return tuple(getattr(ssl.Purpose, step["name"]))


def do_decode_file(step):
    return ssl._ssl._test_decode_cert(step["path"])


def do_handshake(step):
    """Both sides in turn, each until it is done or has failed; what each said last."""
    sides = {side: ENVIRONMENT[step[side]] for side in ("client", "server")}
    result = {side: None for side in sides}
    for _ in range(20):
        for side, connection in sides.items():
            if result[side] is not None:
                continue
            outcome = attempt(connection.do_handshake)
            if outcome.get("error") != "SSLWantReadError":
                result[side] = outcome
    return {side: outcome or {"error": "SSLWantReadError"} for side, outcome in result.items()}


def do_told(step):
    return TOLD


HANDLERS = {name[3:]: handler for name, handler in list(globals().items()) if name.startswith("do_")}


def run(case):
    ENVIRONMENT.clear()
    TOLD.clear()
    results = []
    for step in case["steps"]:
        results.append(attempt(lambda: HANDLERS[step["do"]](step)))
    return {"name": case["name"], "results": results}


def main():
    request = json.load(sys.stdin)
    answer = {"python": sys.version.split()[0], "openssl": ssl.OPENSSL_VERSION, "cases": [run(case) for case in request["cases"]]}
    json.dump(answer, sys.stdout)


main()
