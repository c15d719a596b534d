const COMMON = `
import json, os, socket, ssl, sys, threading
conf = json.loads(sys.argv[1])

VERSIONS = {'1.0': 'TLSv1', '1.1': 'TLSv1_1', '1.2': 'TLSv1_2', '1.3': 'TLSv1_3'}

def prepare(context):
    tls = conf.get('tls')
    if tls in ('1.0', '1.1'):
        context.set_ciphers('DEFAULT@SECLEVEL=0')
    if tls:
        context.minimum_version = context.maximum_version = ssl.TLSVersion[VERSIONS[tls]]
    if conf.get('cert'):
        context.load_cert_chain(conf['cert'], conf.get('key'))
    if conf.get('ca'):
        context.load_verify_locations(conf['ca'])
    if conf.get('alpn'):
        context.set_alpn_protocols(conf['alpn'])
    return context

def say(label, value):
    # In one write: print() of an unbuffered stream makes several, and other threads say something, too.
    sys.stdout.write(f'{label} {json.dumps(value, ensure_ascii=False)}\\n')

def facts(conn):
    return {'version': conn.version(), 'cipher': conn.cipher(), 'alpn': conn.selected_alpn_protocol(),
            'peercert': conn.getpeercert(), 'server_hostname': conn.server_hostname}

def failure(error):
    return {'error': type(error).__name__ + ': ' + str(error), 'reason': getattr(error, 'reason', None)}
`;

/** Takes its configuration as JSON in the first argument; prints `PORT n`, then `HANDSHAKE json` per connection. */
export const PYTHON_SERVER: string = `${COMMON}
context = prepare(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
if conf.get('clientCert'):
    context.verify_mode = ssl.CERT_REQUIRED if conf['clientCert'] == 'required' else ssl.CERT_OPTIONAL

def echo(conn):
    while True:
        data = conn.recv(65536)
        if not data:
            break
        if data == b'UNWRAP\\n':
            conn = conn.unwrap()
        elif data == b'CLOSE\\n':
            conn.unwrap()
            break
        elif data == b'VANISH\\n':
            break
        else:
            conn.sendall(data)
    conn.close()

def serve(sock):
    try:
        conn = context.wrap_socket(sock, server_side=True)
    except (OSError, ValueError) as error:
        say('HANDSHAKE', failure(error))
        sock.close()
        return
    say('HANDSHAKE', facts(conn))
    try:
        echo(conn)
    except (OSError, ValueError) as error:
        say('ENDED', failure(error))

def leave_with_parent():
    # The standard input ends when the test process does, however it ends.
    sys.stdin.buffer.read()
    os._exit(0)

threading.Thread(target=leave_with_parent, daemon=True).start()
listener = socket.create_server(('127.0.0.1', 0))
print('PORT', listener.getsockname()[1], flush=True)
while True:
    sock, _ = listener.accept()
    threading.Thread(target=serve, args=(sock,), daemon=True).start()
`;

/** Takes its configuration as JSON in the first argument; prints `HANDSHAKE json`, then answers one action per line. */
export const PYTHON_CLIENT: string = `${COMMON}
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
name = conf.get('servername')
if name is None:
    context.check_hostname = False
if not conf.get('ca'):
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
prepare(context)

def receive(count):
    parts = []
    while count > 0:
        part = conn.recv(count)
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b''.join(parts)

def act(action):
    global conn
    if 'send' in action:
        data = action['send'].encode()
        conn.sendall(data)
        return len(data)
    if 'recv' in action:
        return conn.recv(action['recv']).decode()
    if 'recvall' in action:
        return receive(action['recvall']).decode()
    if 'unwrap' in action:
        conn = conn.unwrap()
    elif 'close' in action:
        conn.close()
    return None

try:
    sock = socket.create_connection(('127.0.0.1', conf['port']), timeout=20)
    conn = context.wrap_socket(sock, server_hostname=name)
    say('HANDSHAKE', facts(conn))
except (OSError, ValueError) as error:
    say('ERROR', failure(error))
    sys.exit(1)
for line in sys.stdin:
    try:
        say('RESULT', act(json.loads(line)))
    except (OSError, ValueError) as error:
        say('ERROR', failure(error))
`;
