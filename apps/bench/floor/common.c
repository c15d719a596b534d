#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "floor.h"

static const char* member(const char* line, const char* key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char* found = strstr(line, quoted);
  return found != NULL ? found + strlen(quoted) : NULL;
}

double order_number(const char* line, const char* key, double otherwise) {
  const char* value = member(line, key);
  if (value == NULL) return otherwise;
  if (strncmp(value, "true", 4) == 0) return 1;
  if (strncmp(value, "false", 5) == 0) return 0;
  return strtod(value, NULL);
}

bool order_string(const char* line, const char* key, char* into, size_t size) {
  const char* value = member(line, key);
  if (value == NULL || *value != '"') return false;
  const char* end = strchr(value + 1, '"');
  if (end == NULL || (size_t)(end - value) > size) return false;
  memcpy(into, value + 1, (size_t)(end - value - 1));
  into[end - value - 1] = '\0';
  return true;
}

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t) {
  return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double marked_user, marked_system;

static void read_cpu(double* user, double* system) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  *user = seconds(usage.ru_utime);
  *system = seconds(usage.ru_stime);
}

void mark_cpu(void) {
  read_cpu(&marked_user, &marked_system);
}

void print_cpu(void) {
  double user, system;
  read_cpu(&user, &system);
  printf("\"user\":%.6f,\"system\":%.6f", user - marked_user, system - marked_system);
}

static const char* group_name(SSL* ssl) {
  const long nid = SSL_get_negotiated_group(ssl);
  if (nid == NID_X25519) return "X25519";
  const char* name = OBJ_nid2sn((int)nid);
  return name != NULL ? name : "?";
}

void print_negotiated(SSL* ssl) {
  printf("\"negotiated\":{\"protocol\":\"%s\",\"cipher\":\"%s\",\"group\":\"%s\"}",
         SSL_get_version(ssl), SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl)),
         group_name(ssl));
}

static void same_for_all(SSL_CTX* ctx) {
  SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
  if (SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") != 1) fail("ciphersuites");
  if (SSL_CTX_set1_groups_list(ctx, "X25519") != 1) fail("groups");
}

SSL_CTX* make_context(bool server, const char* start_line) {
  char profile[16] = "", path[1024];
  SSL_CTX* ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
  if (ctx == NULL) fail("SSL_CTX_new");
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  if (order_string(start_line, "profile", profile, sizeof profile) && strcmp(profile, "same") == 0)
    same_for_all(ctx);
  if (server) {
    if (!order_string(start_line, "cert", path, sizeof path) ||
        SSL_CTX_use_certificate_chain_file(ctx, path) != 1)
      fail("certificate");
    if (!order_string(start_line, "key", path, sizeof path) ||
        SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM) != 1)
      fail("private key");
  } else {
    if (!order_string(start_line, "ca", path, sizeof path) ||
        SSL_CTX_load_verify_file(ctx, path) != 1)
      fail("certificate authority");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
  }
  return ctx;
}
