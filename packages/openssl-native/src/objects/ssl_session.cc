#include "ssl_session.h"

#include "../ossl/error_queue.h"

namespace sslkit::objects {

void SslSession::Define(Napi::Env env, Napi::Object exports) {
  napi::ClassBuilder<SslSession>(env)
      .Static<&SslSession::FromDer>("fromDer")
      .Method<&SslSession::GetId>("getId")
      .Method<&SslSession::GetTime>("getTime")
      .Method<&SslSession::GetTimeout>("getTimeout")
      .Method<&SslSession::GetTicketLifetimeHint>("getTicketLifetimeHint")
      .Method<&SslSession::HasTicket>("hasTicket")
      .Method<&SslSession::IsResumable>("isResumable")
      .Method<&SslSession::GetProtocolVersion>("getProtocolVersion")
      .Method<&SslSession::GetHostname>("getHostname")
      .Method<&SslSession::ToDer>("toDer")
      .Export(exports);
}

Napi::Value SslSession::FromDer(const napi::Arguments& args) {
  const napi::ByteSpan der = args.Bytes(0, "der");
  ossl::ErrorScope scope;
  const unsigned char* cursor = der.data;
  ossl::SslSessionPtr session(ossl::CheckPointer(
      d2i_SSL_SESSION(nullptr, &cursor, static_cast<long>(der.size)), "d2i_SSL_SESSION"));
  return napi::Wrap(args.Env(), std::make_unique<SslSession>(std::move(session)));
}

napi::Bytes SslSession::GetId() const {
  unsigned int length = 0;
  const unsigned char* id = SSL_SESSION_get_id(session_.get(), &length);
  return {std::string(reinterpret_cast<const char*>(id), length)};
}

long SslSession::GetTime() const {
  return SSL_SESSION_get_time(session_.get());
}

long SslSession::GetTimeout() const {
  return SSL_SESSION_get_timeout(session_.get());
}

double SslSession::GetTicketLifetimeHint() const {
  return static_cast<double>(SSL_SESSION_get_ticket_lifetime_hint(session_.get()));
}

bool SslSession::HasTicket() const {
  return SSL_SESSION_has_ticket(session_.get()) == 1;
}

bool SslSession::IsResumable() const {
  return SSL_SESSION_is_resumable(session_.get()) == 1;
}

int SslSession::GetProtocolVersion() const {
  return SSL_SESSION_get_protocol_version(session_.get());
}

Napi::Value SslSession::GetHostname(const napi::Arguments& args) const {
  return napi::ToJsOrNull(args.Env(), SSL_SESSION_get0_hostname(session_.get()));
}

napi::Bytes SslSession::ToDer() const {
  ossl::ErrorScope scope;
  unsigned char* der = nullptr;
  const int length = i2d_SSL_SESSION(session_.get(), &der);
  const ossl::MemoryPtr<unsigned char> owner(der);
  ossl::Check(length > 0, "i2d_SSL_SESSION");
  napi::Bytes bytes{std::string(reinterpret_cast<char*>(der), static_cast<size_t>(length))};
  // It holds the master secret; the copy that JavaScript gets is the caller's to guard.
  OPENSSL_cleanse(der, static_cast<size_t>(length));
  return bytes;
}

}  // namespace sslkit::objects
