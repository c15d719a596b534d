"""Answers, case by case, what CPython's ssl makes of an argument. JSON in, JSON out."""
import base64, json, ssl, sys

def answer(function, argument):
    try:
        if function == 'der':
            return {'ok': ssl.DER_cert_to_PEM_cert(base64.b64decode(argument))}
        if function == 'pem':
            return {'ok': base64.b64encode(ssl.PEM_cert_to_DER_cert(argument)).decode()}
        return {'ok': ssl.cert_time_to_seconds(argument)}
    except ValueError as error:
        return {'error': type(error).__name__, 'message': str(error)}

cases = json.load(sys.stdin)
json.dump({'version': sys.version, 'answers': [answer(*case) for case in cases]}, sys.stdout)
