#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "floor.h"

/* What a connection does once open; all of them greet with one byte first. */
typedef enum { ECHO, SINK, DUPLEX } behaviour_t;

static behaviour_t behaviour;
static SSL_CTX* context;
static uint64_t expected;
static size_t chunk_size;
static unsigned char chunk[1 << 20];
static uint64_t handshakes, failures, bytes_in;
static SSL* last;

static void pump(conn* c) {
  while (c->to_send > 0) {
    const size_t n = c->to_send < chunk_size ? (size_t)c->to_send : chunk_size;
    conn_write(c, chunk, n);
    c->to_send -= n;
    if (conn_pending(c) >= sizeof chunk / 4 && !conn_flush(c)) return;
  }
  conn_flush(c);
}

void role_opened(conn* c) {
  handshakes++;
  if (last != NULL) SSL_free(last);
  SSL_up_ref(last = c->ssl);
  conn_write(c, "!", 1);
}

void role_received(conn* c, const unsigned char* data, size_t length) {
  bytes_in += length;
  if (behaviour == ECHO) {
    conn_write(c, data, length);
    return;
  }
  if (behaviour == DUPLEX && c->received == 0) {
    c->to_send = expected;
    pump(c);
    if (c->dead) return;
  }
  c->received += length;
  if (c->received < expected) return;
  c->received -= expected;
  conn_write(c, "!", 1);
}

void role_drained(conn* c) {
  if (c->to_send > 0) pump(c);
}

void role_closed(conn* c, bool failed) {
  (void)c;
  if (failed) failures++;
}

double role_tick(void) {
  return -1;
}

void role_order(const char* line) {
  char order[16] = "";
  order_string(line, "do", order, sizeof order);
  if (strcmp(order, "stop") == 0) exit(0);
  if (strcmp(order, "settle") == 0) {
    printf("{\"event\":\"settled\"}\n");
  } else if (strcmp(order, "watch") == 0) {
    printf("{\"event\":\"watching\"}\n");
  } else {
    printf("{\"event\":\"sample\",");
    print_cpu();
    printf(",\"handshakes\":%llu,\"failures\":%llu,\"bytesIn\":%llu",
           (unsigned long long)handshakes, (unsigned long long)failures,
           (unsigned long long)bytes_in);
    if (last != NULL) {
      printf(",");
      print_negotiated(last);
    }
    printf("}\n");
  }
  fflush(stdout);
}

static void accepted(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  conn_watch(conn_new(fd, context, true), false);
}

int role_main(const char* start_line) {
  char name[16] = "echo";
  order_string(start_line, "behaviour", name, sizeof name);
  behaviour = strcmp(name, "sink") == 0 ? SINK : strcmp(name, "duplex") == 0 ? DUPLEX : ECHO;
  expected = (uint64_t)order_number(start_line, "expect", 0);
  chunk_size = (size_t)order_number(start_line, "chunk", 65536);
  if (chunk_size == 0 || chunk_size > sizeof chunk) fail("chunk");
  context = make_context(true, start_line);

  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr*)&address, length) != 0 || listen(listener, 511) != 0 ||
      getsockname(listener, (struct sockaddr*)&address, &length) != 0)
    fail("listen");
  printf("{\"event\":\"ready\",\"port\":%d,\"runtime\":\"%s\"}\n", ntohs(address.sin_port),
         OpenSSL_version(OPENSSL_VERSION));
  fflush(stdout);
  return loop_run(listener, accepted);
}
