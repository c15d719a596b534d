#include "floor.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024, PLAIN_SIZE = 64 * 1024, MAX_EVENTS = 256, MAX_LINE = 4096 };

static unsigned char read_buffer[READ_SIZE];
static unsigned char plain_buffer[PLAIN_SIZE];
static int epoll_fd = -1;
static conn* dead_list;

void fail(const char* what) {
  const unsigned long code = ERR_peek_error();
  const char* detail = code != 0 ? ERR_reason_error_string(code) : strerror(errno);
  printf("{\"event\":\"error\",\"reason\":\"%s: %s\"}\n", what, detail != NULL ? detail : "?");
  fflush(stdout);
  exit(1);
}

static int bio_write(BIO* bio, const char* data, int length) {
  conn* c = BIO_get_data(bio);
  if (c->out_end + (size_t)length > c->out_capacity) {
    size_t capacity = c->out_capacity != 0 ? c->out_capacity * 2 : 4096;
    while (capacity < c->out_end + (size_t)length) capacity *= 2;
    c->out = realloc(c->out, capacity);
    if (c->out == NULL) fail("realloc");
    c->out_capacity = capacity;
  }
  memcpy(c->out + c->out_end, data, (size_t)length);
  c->out_end += (size_t)length;
  return length;
}

static int bio_read(BIO* bio, char* into, int size) {
  conn* c = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (c->in_length == 0) {
    if (c->in_eof) return 0;
    BIO_set_retry_read(bio);
    return -1;
  }
  const size_t n = (size_t)size < c->in_length ? (size_t)size : c->in_length;
  memcpy(into, c->in, n);
  c->in += n;
  c->in_length -= n;
  return (int)n;
}

static long bio_ctrl(BIO* bio, int command, long number, void* pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD* bio_method(void) {
  static BIO_METHOD* method;
  if (method != NULL) return method;
  method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "shared buffer");
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_ctrl);
  return method;
}

static void watch(conn* c, uint32_t events) {
  if (c->events == events) return;
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(epoll_fd, c->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &event) != 0)
    fail("epoll_ctl");
  c->events = events;
}

conn* conn_new(int fd, SSL_CTX* ctx, bool server) {
  conn* c = calloc(1, sizeof *c);
  if (c == NULL) fail("calloc");
  c->fd = fd;
  c->ssl = SSL_new(ctx);
  BIO* bio = BIO_new(bio_method());
  if (c->ssl == NULL || bio == NULL) fail("SSL_new");
  BIO_set_data(bio, c);
  BIO_set_init(bio, 1);
  SSL_set_bio(c->ssl, bio, bio);
  if (server) {
    SSL_set_accept_state(c->ssl);
  } else {
    SSL_set_connect_state(c->ssl);
  }
  return c;
}

size_t conn_pending(const conn* c) {
  return c->out_end - c->out_start;
}

bool conn_flush(conn* c) {
  while (c->out_start < c->out_end) {
    const ssize_t n = send(c->fd, c->out + c->out_start, conn_pending(c), MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN || errno == ENOTCONN) {
        watch(c, EPOLLIN | EPOLLOUT);
        return false;
      }
      role_closed(c, true);
      conn_close(c);
      return false;
    }
    c->out_start += (size_t)n;
  }
  c->out_start = c->out_end = 0;
  if (c->to_send == 0) { /* an idle connection holds no buffer */
    free(c->out);
    c->out = NULL;
    c->out_capacity = 0;
  }
  watch(c, EPOLLIN);
  return true;
}

void conn_write(conn* c, const void* data, size_t length) {
  if (SSL_write(c->ssl, data, (int)length) != (int)length) fail("SSL_write");
}

void conn_close(conn* c) {
  if (c->dead) return;
  if (c->open) {
    SSL_shutdown(c->ssl);
    if (conn_pending(c) > 0) send(c->fd, c->out + c->out_start, conn_pending(c), MSG_NOSIGNAL);
  }
  ERR_clear_error();
  close(c->fd);
  c->dead = true;
  c->next_dead = dead_list;
  dead_list = c;
}

static void bury(void) {
  while (dead_list != NULL) {
    conn* c = dead_list;
    dead_list = c->next_dead;
    SSL_free(c->ssl);
    free(c->out);
    free(c);
  }
}

/* True when OpenSSL merely waits for more. */
static bool wants_more(conn* c, int result) {
  const int error = SSL_get_error(c->ssl, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
  role_closed(c, error != SSL_ERROR_ZERO_RETURN && !(c->open && c->in_eof));
  conn_close(c);
  return false;
}

void conn_drive(conn* c) {
  if (!c->open) {
    const int result = SSL_do_handshake(c->ssl);
    if (result != 1) {
      if (!wants_more(c, result)) return;
      conn_flush(c);
      return;
    }
    c->open = true;
    role_opened(c);
  }
  while (!c->dead) {
    const int n = SSL_read(c->ssl, plain_buffer, sizeof plain_buffer);
    if (n <= 0) {
      if (!wants_more(c, n)) return;
      break;
    }
    role_received(c, plain_buffer, (size_t)n);
  }
  if (!c->dead && conn_pending(c) > 0 && conn_flush(c)) role_drained(c);
}

static void readable(conn* c) {
  const ssize_t n = recv(c->fd, read_buffer, sizeof read_buffer, 0);
  if (n < 0) {
    if (errno == EAGAIN) return;
    role_closed(c, true);
    conn_close(c);
    return;
  }
  c->in = read_buffer;
  c->in_length = (size_t)n;
  c->in_eof = n == 0;
  conn_drive(c);
}

static void writable(conn* c) {
  if (!c->open && conn_pending(c) == 0) {
    conn_drive(c); /* a connect has finished */
    if (!c->dead && conn_pending(c) == 0) watch(c, EPOLLIN);
  } else if (conn_flush(c)) {
    role_drained(c);
  }
}

/* False at the end of input: the orchestrator is gone. */
static bool read_orders(void) {
  static char line[MAX_LINE];
  static size_t length;
  const ssize_t n = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
  if (n <= 0) return false;
  length += (size_t)n;
  line[length] = '\0';
  for (char* end; (end = strchr(line, '\n')) != NULL;) {
    *end = '\0';
    role_order(line);
    length -= (size_t)(end + 1 - line);
    memmove(line, end + 1, length + 1);
  }
  if (length == sizeof line - 1) fail("an order is too long");
  return true;
}

static void add(int fd, void* tag) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

int loop_run(int listener, void (*accepted)(int fd)) {
  static int orders_tag, listener_tag;
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  add(STDIN_FILENO, &orders_tag);
  if (listener >= 0) add(listener, &listener_tag);
  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    const double wait = role_tick();
    const struct timespec timeout = {.tv_sec = (time_t)wait,
                                     .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
    const int count = epoll_pwait2(epoll_fd, events, MAX_EVENTS, wait < 0 ? NULL : &timeout, NULL);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; i++) {
      void* tag = events[i].data.ptr;
      if (tag == &orders_tag) {
        if (!read_orders()) return 0;
      } else if (tag == &listener_tag) {
        for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
          accepted(fd);
      } else {
        conn* c = tag;
        if (!c->dead && (events[i].events & EPOLLOUT)) writable(c);
        if (!c->dead && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) readable(c);
      }
    }
    bury();
  }
}

void conn_watch(conn* c, bool connecting) {
  watch(c, connecting ? EPOLLIN | EPOLLOUT : EPOLLIN);
}
