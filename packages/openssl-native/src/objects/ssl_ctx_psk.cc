#include <optional>

#include "../stream/handshake_pool.h"
#include "psk.h"
#include "ssl_ctx.h"

namespace sslkit::objects {

using napi::Arguments;

void SslCtx::DefinePsk(napi::ClassBuilder<SslCtx>& builder) {
  builder.Method<&SslCtx::SetPskClientCallback>("setPskClientCallback")
      .Method<&SslCtx::SetPskServerCallback>("setPskServerCallback");
}

void SslCtx::SetPskClientCallback(const Arguments& args) {
  context_->SetPskClient(PskClientOf(args.Env(), args.At(0)));
  HoldAlive(args.Env(), args.This(), "pskClientCallback", args.At(0));
}

void SslCtx::SetPskServerCallback(const Arguments& args) {
  auto callback = PskServerOf(args.Env(), args.At(0));
  const std::optional<std::string> hint =
      args.Has(1) ? std::optional(args.Text(1, "identityHint")) : std::nullopt;
  const stream::HandshakePool::Pause pause(in_use());
  context_->SetPskServer(std::move(callback), hint ? hint->c_str() : nullptr);
  HoldAlive(args.Env(), args.This(), "pskServerCallback", args.At(0));
}

}  // namespace sslkit::objects
