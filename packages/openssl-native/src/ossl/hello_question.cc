#include "hello_question.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/tls1.h>

#include <string_view>

#include "connection.h"

namespace sslkit::ossl {

namespace {

/// What a parse came to: the alert that refuses the ClientHello, or the name.
struct ParsedName {
  int alert = 0;
  std::optional<std::string> name;
};

ParsedName Refuse(int alert) {
  return {alert, std::nullopt};
}

/// Takes a vector with a length of two bytes off the front; false when it is cut short.
bool TakeVector(std::string_view& from, std::string_view* vector) {
  if (from.size() < 2) return false;
  const size_t length =
      static_cast<unsigned char>(from[0]) * size_t{256} + static_cast<unsigned char>(from[1]);
  if (from.size() - 2 < length) return false;
  *vector = from.substr(2, length);
  from.remove_prefix(2 + length);
  return true;
}

bool IsAscii(std::string_view text) {
  for (const char c : text) {
    if (c == '\0' || (static_cast<unsigned char>(c) & 0x80) != 0) return false;
  }
  return true;
}

/// RFC 6066 section 3. OpenSSL parses it again, later and more leniently: what it would understand
/// differently must not get that far.
ParsedName ParseServerName(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) != 1) return {};
  std::string_view extension(reinterpret_cast<const char*>(bytes), size);
  std::string_view list;
  std::string_view name;
  if (!TakeVector(extension, &list) || !extension.empty() || list.empty())
    return Refuse(SSL_AD_DECODE_ERROR);
  const char type = list[0];
  list.remove_prefix(1);
  if (type != TLSEXT_NAMETYPE_host_name || !TakeVector(list, &name) || !list.empty() ||
      name.empty())
    return Refuse(SSL_AD_DECODE_ERROR);
  if (name.size() > TLSEXT_MAXLEN_host_name || !IsAscii(name))
    return Refuse(SSL_AD_UNRECOGNIZED_NAME);
  return {0, std::string(name)};
}

/// Now, because the session is looked up before the servername callback.
bool BindSessions(SSL* ssl, const HelloQuestion& answer) {
  const std::string& id = answer.session_id_context;
  return answer.context == nullptr ||
         SSL_set_session_id_context(ssl, reinterpret_cast<const unsigned char*>(id.data()),
                                    static_cast<unsigned int>(id.size())) == 1;
}

}  // namespace

int OnClientHello(SSL* ssl, int* alert, void* context) {
  Connection* const connection = Connection::Of(ssl);
  if (connection == nullptr) return SSL_CLIENT_HELLO_SUCCESS;
  const HelloQuestion* asked = connection->hello();
  if (asked == nullptr && !static_cast<const Context*>(context)->asks_about_hellos())
    return SSL_CLIENT_HELLO_SUCCESS;
  ParsedName parsed = ParseServerName(ssl);
  if (asked != nullptr && parsed.alert == 0 && parsed.name != asked->server_name)
    parsed.alert = SSL_AD_ILLEGAL_PARAMETER;
  if (parsed.alert != 0) {
    // Behind it OpenSSL puts that a callback has failed.
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_EXTENSION);
    *alert = parsed.alert;
    return SSL_CLIENT_HELLO_ERROR;
  }
  if (asked == nullptr) connection->Ask(std::move(parsed.name));
  if (connection->AwaitsAnswer()) return SSL_CLIENT_HELLO_RETRY;
  return BindSessions(ssl, *asked) ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

int OnServerName(SSL* ssl, int* alert, void*) {
  const Connection* const connection = Connection::Of(ssl);
  const HelloQuestion* answer = connection == nullptr ? nullptr : connection->hello();
  if (answer == nullptr) return SSL_TLSEXT_ERR_NOACK;
  *alert = answer->alert;
  if (answer->alert != 0) return SSL_TLSEXT_ERR_ALERT_FATAL;
  if (answer->context != nullptr && SSL_set_SSL_CTX(ssl, answer->context->get()) == nullptr) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace sslkit::ossl
