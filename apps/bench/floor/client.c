#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "floor.h"

/*
 * One run at a time: `prepare` opens what the run needs, `go` starts the clock, the result is
 * printed when the work is done, `finish` closes what is left. RATE and PROBE are open loops: they
 * keep to their schedule however late the server is, so that waiting is counted (no coordinated
 * omission).
 */
typedef enum { HANDSHAKES, ECHO, SEND, DUPLEX, HOLD, RATE, PROBE, REFUSE, CONTEXTS } run_t;

enum { MAX_CONNS = 20000, MAX_IN_FLIGHT = 512, MAX_SAMPLES = 100000, MESSAGE_MAX = 1 << 20 };

static char start_line[4096];
static char servername[256];
static struct sockaddr_in server;
static SSL_CTX* context;
static SSL_SESSION* session;
static bool want_session;

static run_t run;
static bool going, prepared;
static uint64_t count, started, done, verified, resumed, connections, size, bytes, in_flight;
static uint64_t bytes_in, bytes_out;
static double period, began, due;
static conn* conns[MAX_CONNS];
static size_t conn_count;
static double samples[MAX_SAMPLES];
static SSL* last;
static unsigned char message[MESSAGE_MAX];

static int keep_session(SSL* ssl, SSL_SESSION* fresh) {
  (void)ssl;
  if (!want_session || session != NULL) return 0;
  session = fresh;
  return 1;
}

/* A copy each time: OpenSSL marks the session of a finished TLS 1.3 handshake as used up
 * (tls_finish_handshake). */
static void use_session(SSL* ssl, const SSL_SESSION* resume) {
  SSL_SESSION* copy = SSL_SESSION_dup(resume);
  if (copy == NULL || SSL_set_session(ssl, copy) != 1) fail("SSL_set_session");
  SSL_SESSION_free(copy);
}

static conn* open_conn(SSL_CTX* ctx, const char* name, SSL_SESSION* resume) {
  const int on = 1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr*)&server, sizeof server) != 0 && errno != EINPROGRESS)
    fail("connect");
  conn* c = conn_new(fd, ctx, false);
  if (SSL_set_tlsext_host_name(c->ssl, name) != 1 || SSL_set1_host(c->ssl, name) != 1)
    fail("host name");
  if (resume != NULL) use_session(c->ssl, resume);
  c->purpose = (int)run;
  conn_watch(c, true);
  in_flight++;
  return c;
}

static void report(const char* event) {
  printf("{\"event\":\"%s\"}\n", event);
  fflush(stdout);
}

static void result(void) {
  const double seconds = now() - began;
  going = false;
  printf("{\"event\":\"result\",\"seconds\":%.9f,", seconds);
  print_cpu();
  printf(",\"operations\":%llu,\"connections\":%llu,\"verified\":%llu,\"resumed\":%llu,",
         (unsigned long long)done, (unsigned long long)connections, (unsigned long long)verified,
         (unsigned long long)resumed);
  printf("\"bytesIn\":%llu,\"bytesOut\":%llu", (unsigned long long)bytes_in,
         (unsigned long long)bytes_out);
  if (last != NULL) {
    printf(",");
    print_negotiated(last);
  }
}

static void finish_result(void) {
  printf("}\n");
  fflush(stdout);
}

static int ascending(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return x < y ? -1 : x > y;
}

/* Latencies in microseconds. */
static void latencies(void) {
  qsort(samples, done, sizeof *samples, ascending);
  printf(",\"values\":{\"p50\":%.2f,\"p99\":%.2f,\"max\":%.2f}", samples[done / 2] * 1e6,
         samples[done * 99 / 100] * 1e6, samples[done - 1] * 1e6);
}

static void complete(void) {
  result();
  if (run == PROBE) latencies();
  finish_result();
}

static void next_handshake(void) {
  if (started == count) return;
  started++;
  open_conn(context, servername, session);
}

static void send_message(conn* c) {
  conn_write(c, message, size);
  bytes_out += size;
}

static void pump(conn* c) {
  while (c->to_send > 0) {
    const uint64_t n = c->to_send < size ? c->to_send : size;
    conn_write(c, message, (size_t)n);
    c->to_send -= n;
    bytes_out += n;
    if (conn_pending(c) >= 256 * 1024 && !conn_flush(c)) return;
  }
  conn_flush(c);
}

void role_opened(conn* c) {
  connections++;
  if (SSL_get_verify_result(c->ssl) == X509_V_OK) verified++;
  if (SSL_session_reused(c->ssl)) resumed++;
  if (last != NULL) SSL_free(last);
  SSL_up_ref(last = c->ssl);
}

/* The server's greeting: the connection is usable, and the tickets before it were taken. */
static void greeted(conn* c) {
  in_flight--;
  if (run == HANDSHAKES || run == RATE) {
    conn_close(c);
    if (!prepared) {
      prepared = true;
      report("prepared");
      return;
    }
    if (++done == count) {
      complete();
    } else if (run == HANDSHAKES) {
      next_handshake();
    }
    return;
  }
  if (run == REFUSE) {
    conn_close(c);
    printf("{\"event\":\"result\",\"accepted\":true}\n");
    fflush(stdout);
    return;
  }
  conns[conn_count++] = c;
  if (conn_count == count) {
    prepared = true;
    report("prepared");
  } else {
    next_handshake();
  }
}

static void echoed(conn* c) {
  c->received = 0;
  if (run == PROBE) {
    if (done < MAX_SAMPLES) samples[done++] = now() - c->since;
    c->since = 0;
    if (done == bytes) complete();
    return;
  }
  if (--c->round_trips > 0) send_message(c);
  if (++done == bytes) complete();
}

static void took(conn* c, size_t length) {
  bytes_in += length;
  c->received += length;
  if (run == ECHO || run == PROBE) {
    if (c->received == size) echoed(c);
    return;
  }
  if (c->received == (run == DUPLEX ? bytes : 0) + 1) {
    done = 1;
    complete();
  }
}

void role_received(conn* c, const unsigned char* data, size_t length) {
  (void)data;
  if (!c->greeted) {
    c->greeted = true;
    greeted(c);
    length--;
  }
  if (length > 0 && !c->dead) took(c, length);
}

void role_drained(conn* c) {
  if (c->to_send > 0) pump(c);
}

void role_closed(conn* c, bool failed) {
  (void)failed;
  if (run == REFUSE) {
    printf("{\"event\":\"result\",\"accepted\":false,\"reason\":\"%s\"}\n",
           X509_verify_cert_error_string(SSL_get_verify_result(c->ssl)));
    fflush(stdout);
    return;
  }
  fail("the server closed the connection");
}

/* Sends what is due of an open loop; the seconds until the next. */
double role_tick(void) {
  if (!going || (run != RATE && run != PROBE)) return -1;
  while (started < (run == RATE ? count : bytes)) {
    const double wait = due - now();
    if (wait > 0) return wait;
    if (run == RATE) {
      if (in_flight >= MAX_IN_FLIGHT) fail("the server does not keep up with the rate");
      next_handshake();
    } else {
      conn* c = conns[0];
      if (c->since != 0)
        return -1; /* late: sent as soon as the last answer is here, counted from when it was due */
      started++;
      c->since = due;
      send_message(c);
      conn_flush(c);
    }
    due += period;
  }
  return -1;
}

static void refuse(const char* line) {
  char name[256], ca[1024];
  if (!order_string(line, "servername", name, sizeof name)) strcpy(name, servername);
  SSL_CTX* ctx = context;
  if (order_string(line, "ca", ca, sizeof ca)) ctx = make_context(false, line);
  open_conn(ctx, name, NULL);
}

static double one_context(const char* bundle, uint64_t* roots) {
  const double start = now();
  SSL_CTX* ctx = SSL_CTX_new(TLS_client_method());
  if (ctx == NULL || SSL_CTX_load_verify_file(ctx, bundle) != 1) fail(bundle);
  const double taken = now() - start;
  *roots = (uint64_t)sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx)));
  SSL_CTX_free(ctx);
  return taken;
}

static void contexts(const char* line) {
  char bundle[1024];
  uint64_t roots = 0;
  if (!order_string(line, "bundle", bundle, sizeof bundle)) fail("bundle");
  mark_cpu();
  began = now();
  for (done = 0; done < count && done < MAX_SAMPLES; done++)
    samples[done] = one_context(bundle, &roots);
  const double first = samples[0], second = samples[1];
  qsort(samples + 2, done - 2, sizeof *samples, ascending);
  result();
  printf(",\"values\":{\"first\":%.2f,\"second\":%.2f,\"later\":%.2f,\"roots\":%llu}", first * 1e6,
         second * 1e6, samples[2 + (done - 2) / 2] * 1e6, (unsigned long long)roots);
  finish_result();
}

static run_t run_named(const char* line) {
  static const char* names[] = {"handshakes", "echo",  "send",   "duplex",  "hold",
                                "rate",       "probe", "refuse", "contexts"};
  char name[16] = "";
  order_string(line, "run", name, sizeof name);
  for (int i = HANDSHAKES; i <= CONTEXTS; i++)
    if (strcmp(name, names[i]) == 0) return (run_t)i;
  fail("unknown run");
  return HANDSHAKES;
}

static void prepare(const char* line) {
  run = run_named(line);
  prepared = going = false;
  started = done = verified = resumed = connections = in_flight = bytes_in = bytes_out = 0;
  count = (uint64_t)order_number(line, "count", 1);
  size = (uint64_t)order_number(line, "size", 0);
  bytes = (uint64_t)order_number(line, run == ECHO || run == PROBE ? "messages" : "bytes", 0);
  period = order_number(line, "everyMs", 0) / 1e3;
  want_session = order_number(line, "resume", 0) != 0;
  if (size > MESSAGE_MAX || count > MAX_CONNS) fail("the order is too large");
  if (want_session && session == NULL) {
    open_conn(context, servername, NULL);
  } else if (run == HANDSHAKES || run == RATE || run == REFUSE || run == CONTEXTS) {
    prepared = true;
    report("prepared");
  } else {
    for (int i = 0; i < 16; i++) next_handshake();
  }
}

static void go(const char* line, uint64_t lanes) {
  if (!prepared) fail("not prepared");
  if (run == CONTEXTS) {
    contexts(line);
    return;
  }
  going = true;
  mark_cpu();
  began = due = now();
  if (run == HANDSHAKES || run == RATE) connections = verified = resumed = 0;
  if (run == PROBE) started = 0;
  if (run == REFUSE) {
    refuse(line);
  } else if (run == HANDSHAKES) {
    for (uint64_t i = 0; i < lanes; i++) next_handshake();
  } else if (run == HOLD) {
    done = count;
    complete();
  } else if (run != RATE && run != PROBE) { /* those two are driven by role_tick */
    for (size_t i = 0; i < conn_count; i++) {
      conns[i]->to_send = run == ECHO ? 0 : bytes;
      conns[i]->round_trips = bytes / conn_count;
      if (run == ECHO) {
        send_message(conns[i]);
        conn_flush(conns[i]);
      } else {
        pump(conns[i]);
      }
    }
  }
}

static void finish(bool keep) {
  if (!keep)
    for (size_t i = 0; i < conn_count; i++) conn_close(conns[i]);
  conn_count = 0;
  SSL_SESSION_free(session);
  session = NULL;
  report("finished");
}

void role_order(const char* line) {
  static char prepared_line[4096];
  static uint64_t lanes;
  char order[16] = "";
  order_string(line, "do", order, sizeof order);
  if (strcmp(order, "stop") == 0) exit(0);
  if (strcmp(order, "prepare") == 0) {
    snprintf(prepared_line, sizeof prepared_line, "%s", line);
    lanes = (uint64_t)order_number(line, "concurrency", 1);
    prepare(line);
  } else if (strcmp(order, "go") == 0) {
    go(prepared_line, lanes);
  } else if (strcmp(order, "finish") == 0) {
    finish(order_number(line, "keep", 0) != 0);
  } else if (strcmp(order, "settle") == 0) {
    report("settled");
  } else {
    fail("unknown order");
  }
}

int role_main(const char* line) {
  snprintf(start_line, sizeof start_line, "%s", line);
  order_string(line, "servername", servername, sizeof servername);
  server.sin_family = AF_INET;
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server.sin_port = htons((uint16_t)order_number(line, "port", 0));
  context = make_context(false, line);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  printf("{\"event\":\"ready\",\"runtime\":\"%s\"}\n", OpenSSL_version(OPENSSL_VERSION));
  fflush(stdout);
  return loop_run(-1, NULL);
}
