/*
 * The floor: what TLS over loopback costs in C on the system's OpenSSL, one thread, epoll, nothing
 * else.
 *
 * Theory of operation. A `conn` joins a non-blocking TCP socket to an SSL object through a BIO of
 * its own: on input the BIO hands out slices of one read buffer that the whole process shares; on
 * output it appends to a buffer of the connection, which is sent with one system call after OpenSSL
 * was driven. So a record costs no system call and no copy besides OpenSSL's. The role (server.c,
 * client.c) sees three events: the handshake is done, plain text came, output has drained.
 *
 * Invariant: `conn_drive` is the only caller of SSL_do_handshake and SSL_read, and the input slice
 * never outlives it.
 */
#ifndef SSLKIT_BENCH_FLOOR_H_
#define SSLKIT_BENCH_FLOOR_H_

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct conn conn;

struct conn {
  int fd;
  SSL* ssl;
  uint32_t events; /* what epoll watches */
  bool open;       /* the handshake is done */
  bool dead;       /* freed at the end of the loop turn */
  conn* next_dead;
  const unsigned char* in; /* slice of the shared buffer, only during conn_drive */
  size_t in_length;
  bool in_eof;
  unsigned char* out;
  size_t out_start, out_end, out_capacity;
  /* Of the role. */
  int purpose;
  bool greeted;
  uint64_t received;
  uint64_t to_send;
  uint64_t round_trips;
  double since;
};

/* What the role (server.c or client.c, linked in turn) does with its start order, and on each
 * event. */
int role_main(const char* start_line);
void role_opened(conn* c);
void role_received(conn* c, const unsigned char* data, size_t length);
void role_drained(conn* c);
void role_closed(conn* c, bool failed);
/* An order line came; `role_tick` runs each loop turn and returns the seconds until it must run
 * again, or -1. */
void role_order(const char* line);
double role_tick(void);

conn* conn_new(int fd, SSL_CTX* ctx, bool server);
/* Starts the events; `connecting` waits for a connect to finish first. */
void conn_watch(conn* c, bool connecting);
void conn_drive(conn* c);
void conn_write(conn* c, const void* data, size_t length);
/* Sends what is gathered; false when the socket is full, and role_drained follows. */
bool conn_flush(conn* c);
size_t conn_pending(const conn* c);
void conn_close(conn* c);

int loop_run(int listener, void (*accepted)(int fd));
void fail(const char* what);

/* Orders are flat JSON objects; these find one member. */
double order_number(const char* line, const char* key, double otherwise);
bool order_string(const char* line, const char* key, char* into, size_t size);

double now(void);
/* "user":…,"system":…, in seconds since the mark, or since the process started. */
void mark_cpu(void);
void print_cpu(void);
void print_negotiated(SSL* ssl);
SSL_CTX* make_context(bool server, const char* start_line);

#endif
