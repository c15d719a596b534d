#include <fcntl.h>

#include <cerrno>

#include "../ossl/error_queue.h"
#include "../stream/handshake_pool.h"
#include "ssl_ctx.h"

namespace sslkit::objects {

using napi::Arguments;

void SslCtx::DefineSessions(napi::ClassBuilder<SslCtx>& builder) {
  builder.Method<&SslCtx::SetAlpn>("setAlpn")
      .Method<&SslCtx::SetClientHelloCb>("setClientHelloCb")
      .Method<&SslCtx::SetMsgCallback>("setMsgCallback")
      .Method<&SslCtx::SetKeylogFile>("setKeylogFile")
      .Method<&SslCtx::SetSessionIdContext>("setSessionIdContext")
      .Method<&SslCtx::SetSessionCacheMode>("setSessionCacheMode")
      .Method<&SslCtx::GetNumTickets>("getNumTickets")
      .Method<&SslCtx::SetNumTickets>("setNumTickets")
      .Method<&SslCtx::SessionStats>("sessionStats");
}

void SslCtx::SetAlpn(const Arguments& args) {
  const napi::ByteSpan wire = args.Bytes(0, "wire");
  const bool required = args.Boolean(1, "required");
  // ProtocolNameList has a two-byte length, RFC 7301 section 3.1.
  if (wire.size > 0xFFFF)
    napi::ThrowRangeError("ERR_OUT_OF_RANGE", "The \"wire\" argument is longer than 65535 bytes");
  context_->SetAlpn({std::string(reinterpret_cast<const char*>(wire.data), wire.size), required});
}

void SslCtx::SetClientHelloCb(const Arguments& args) {
  const bool ask = args.Boolean(0, "ask");
  const stream::HandshakePool::Pause pause(in_use());
  context_->AskAboutHellos(ask);
}

void SslCtx::SetMsgCallback(const Arguments& args) {
  context_->ReportMessages(args.Boolean(0, "report"));
}

// The caller closes its own descriptor; the context has one of its own, for as long as a handshake
// may write.
void SslCtx::SetKeylogFile(const Arguments& args) {
  std::shared_ptr<ossl::KeyLog> log;
  if (args.Has(0)) {
    const int own =
        ::fcntl(static_cast<int>(args.Integer(0, "fd", 0, INT32_MAX)), F_DUPFD_CLOEXEC, 0);
    if (own < 0)
      napi::ThrowError("ERR_INVALID_FD",
                       "The \"fd\" argument cannot be duplicated: errno " + std::to_string(errno));
    log = std::make_shared<ossl::KeyLog>(own);
  }
  const stream::HandshakePool::Pause pause(in_use());
  context_->SetKeyLog(std::move(log));
}

void SslCtx::SetSessionIdContext(const Arguments& args) {
  const napi::ByteSpan id = args.Bytes(0, "id");
  const stream::HandshakePool::Pause pause(in_use());
  ossl::ErrorScope scope;
  if (id.size > SSL_MAX_SSL_SESSION_ID_LENGTH) {
    napi::ThrowRangeError("ERR_OUT_OF_RANGE", "The \"id\" argument is longer than 32 bytes");
  }
  const int result =
      SSL_CTX_set_session_id_context(ctx(), id.data, static_cast<unsigned int>(id.size));
  ossl::Check(result == 1, "SSL_CTX_set_session_id_context");
}

long SslCtx::SetSessionCacheMode(const Arguments& args) {
  const stream::HandshakePool::Pause pause(in_use());
  return SSL_CTX_set_session_cache_mode(ctx(), args.Uint(0, "mode"));
}

double SslCtx::GetNumTickets() {
  return static_cast<double>(SSL_CTX_get_num_tickets(ctx()));
}

void SslCtx::SetNumTickets(const Arguments& args) {
  ossl::ErrorScope scope;
  ossl::Check(SSL_CTX_set_num_tickets(ctx(), args.Uint(0, "n")) == 1, "SSL_CTX_set_num_tickets");
}

// The keys are the ends of the C names: SSL_CTX_sess_connect_good and so on.
Napi::Value SslCtx::SessionStats(const Arguments& args) {
  Napi::Object stats = Napi::Object::New(args.Env());
  stats.Set("number", static_cast<double>(SSL_CTX_sess_number(ctx())));
  stats.Set("connect", static_cast<double>(SSL_CTX_sess_connect(ctx())));
  stats.Set("connect_good", static_cast<double>(SSL_CTX_sess_connect_good(ctx())));
  stats.Set("connect_renegotiate", static_cast<double>(SSL_CTX_sess_connect_renegotiate(ctx())));
  stats.Set("accept", static_cast<double>(SSL_CTX_sess_accept(ctx())));
  stats.Set("accept_good", static_cast<double>(SSL_CTX_sess_accept_good(ctx())));
  stats.Set("accept_renegotiate", static_cast<double>(SSL_CTX_sess_accept_renegotiate(ctx())));
  stats.Set("hits", static_cast<double>(SSL_CTX_sess_hits(ctx())));
  stats.Set("misses", static_cast<double>(SSL_CTX_sess_misses(ctx())));
  stats.Set("timeouts", static_cast<double>(SSL_CTX_sess_timeouts(ctx())));
  stats.Set("cache_full", static_cast<double>(SSL_CTX_sess_cache_full(ctx())));
  return stats;
}

}  // namespace sslkit::objects
