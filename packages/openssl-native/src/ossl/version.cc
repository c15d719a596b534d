#include "version.h"

#include <dlfcn.h>
#include <openssl/comp.h>
#include <openssl/crypto.h>

#include <filesystem>
#include <string_view>
#include <system_error>

#include "error_queue.h"
#include "groups.h"
#include "ptr.h"
#include "signature_name.h"

namespace sslkit::ossl {

namespace {

// The object that SSL_new comes from, so that a copy of OpenSSL beside node's own is asked about
// itself.
void* LibraryHandle() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&SSL_new), &info) == 0 || info.dli_fname == nullptr)
    return RTLD_DEFAULT;
  void* handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  return handle == nullptr ? RTLD_DEFAULT : handle;
}

void* Find(const char* name) {
  static void* const handle = LibraryHandle();
  return dlsym(handle, name);
}

template <class Function>
Function* Lookup(const char* name) {
  return reinterpret_cast<Function*>(Find(name));
}

bool Exported(const char* name) {
  return Find(name) != nullptr;
}

bool IsAtLeast(unsigned long number) {
  return OpenSSL_version_num() >= number;
}

// SSL_CTX_compress_certs exists in builds without a compressor too; only a call tells.
bool ProbeCertCompression() {
  using CompressCerts = int(SSL_CTX*, int);
  auto* compress = Lookup<CompressCerts>("SSL_CTX_compress_certs");
  if (compress == nullptr) return false;
  ErrorScope scope;
  const SslCtxPtr ctx(SSL_CTX_new(TLS_method()));
  if (!ctx) return false;
  using SetPreference = int(SSL_CTX*, int*, size_t);
  auto* prefer = Lookup<SetPreference>("SSL_CTX_set1_cert_comp_preference");
  int zlib = 1;  // TLSEXT_comp_cert_zlib, RFC 8879 section 7.3
  return prefer != nullptr && prefer(ctx.get(), &zlib, 1) == 1;
}

bool ProbeCompression() {
  STACK_OF(SSL_COMP)* methods = SSL_COMP_get_compression_methods();
  return methods != nullptr && sk_SSL_COMP_num(methods) > 0;
}

constexpr bool BuiltWithKtls() {
#ifdef OPENSSL_NO_KTLS
  return false;
#else
  return true;
#endif
}

Capabilities Probe() {
  Capabilities found{};
  found.psk = Exported("SSL_CTX_set_psk_client_callback") &&
              Exported("SSL_CTX_set_psk_find_session_callback");
  found.pha = Exported("SSL_verify_client_post_handshake");
  found.ktls = BuiltWithKtls();
  found.compression = ProbeCompression();
  found.get_group_name = Exported("SSL_get0_group_name");
  found.cert_compression = ProbeCertCompression();
  found.raw_public_keys = Exported("SSL_get0_peer_rpk");
  found.implemented_groups = found.signature_names = IsAtLeast(0x30500000L);
  return found;
}

// A client that may speak nothing but `version` either writes its hello or reports
// NO_PROTOCOLS_AVAILABLE.
bool ProbeProtocol(int version) {
  ErrorScope scope;
  const SslCtxPtr ctx(SSL_CTX_new(TLS_client_method()));
  if (!ctx) return false;
  SSL_CTX_set_security_level(ctx.get(), 0);
  SSL_CTX_clear_options(ctx.get(), SSL_OP_NO_SSL_MASK);
  if (SSL_CTX_set_min_proto_version(ctx.get(), version) != 1) return false;
  if (SSL_CTX_set_max_proto_version(ctx.get(), version) != 1) return false;
  const SslPtr ssl(SSL_new(ctx.get()));
  BioPtr in(BIO_new(BIO_s_mem()));
  BioPtr out(BIO_new(BIO_s_mem()));
  if (!ssl || !in || !out) return false;
  SSL_set_bio(ssl.get(), in.release(), out.release());
  const int result = SSL_connect(ssl.get());
  return SSL_get_error(ssl.get(), result) == SSL_ERROR_WANT_READ;
}

// What the headers of 3.5 call SSL_CTRL_…: functions that are macros, so no symbol tells of them.
constexpr int kGetImplementedGroups = 139;
constexpr int kGetSignatureName = 140;
constexpr int kGetPeerSignatureName = 141;

std::string AskForName(SSL* ssl, int control) {
  const char* name = nullptr;
  if (SSL_ctrl(ssl, control, 0, &name) != 1 || name == nullptr) return {};
  return name;
}

// A server chooses an algorithm also where it then only decrypts.
bool HasSigned(const SSL* ssl) {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  const int exchange = cipher == nullptr ? NID_undef : SSL_CIPHER_get_kx_nid(cipher);
  return !SSL_is_server(ssl) || (exchange != NID_kx_rsa && exchange != NID_kx_rsa_psk);
}

}  // namespace

LibraryVersion BoundVersion() {
  return {OpenSSL_version(OPENSSL_VERSION), OpenSSL_version_num(), OPENSSL_version_major(),
          OPENSSL_version_minor(), OPENSSL_version_patch()};
}

std::string BoundLibrary() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&SSL_new), &info) == 0 || info.dli_fname == nullptr) return {};
  // The main program is known to the loader by argv[0], which may be relative or no path at all.
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  const bool is_path = std::string_view(info.dli_fname).find('/') != std::string_view::npos;
  if (!failed && (!is_path || std::filesystem::equivalent(info.dli_fname, program, failed)))
    return program.string();
  return std::filesystem::absolute(info.dli_fname, failed).string();
}

const Capabilities& GetCapabilities() {
  static const Capabilities capabilities = Probe();
  return capabilities;
}

bool HasProtocol(int version) {
  if (version < SSL3_VERSION || version > TLS1_3_VERSION) return false;
  static const bool has[] = {ProbeProtocol(SSL3_VERSION), ProbeProtocol(TLS1_VERSION),
                             ProbeProtocol(TLS1_1_VERSION), ProbeProtocol(TLS1_2_VERSION),
                             ProbeProtocol(TLS1_3_VERSION)};
  return has[version - SSL3_VERSION];
}

std::string GroupName(SSL* ssl) {
  using GetGroupName = const char*(SSL*);
  static auto* const get_group_name = Lookup<GetGroupName>("SSL_get0_group_name");
  const char* name = nullptr;
  if (get_group_name != nullptr) {
    name = get_group_name(ssl);
  } else if (const long id = SSL_get_negotiated_group(ssl); id != 0) {
    name = SSL_group_to_name(ssl, static_cast<int>(id));
  }
  return name == nullptr ? std::string() : std::string(name);
}

std::vector<std::string> ImplementedGroups(SSL_CTX* ctx, bool aliases) {
  if (!GetCapabilities().implemented_groups) return GroupsOfProviders(ctx, aliases);
  ErrorScope scope;
  const NameStackPtr stack(
      CheckPointer(sk_OPENSSL_CSTRING_new_null(), "sk_OPENSSL_CSTRING_new_null"));
  const long done = SSL_CTX_ctrl(ctx, kGetImplementedGroups, aliases ? 1 : 0, stack.get());
  Check(done == 1, "SSL_CTX_get0_implemented_groups");
  std::vector<std::string> names;
  for (int i = 0; i < sk_OPENSSL_CSTRING_num(stack.get()); i++)
    names.emplace_back(sk_OPENSSL_CSTRING_value(stack.get(), i));
  return names;
}

std::string PeerSignatureName(SSL* ssl) {
  if (GetCapabilities().signature_names) return AskForName(ssl, kGetPeerSignatureName);
  SignatureParts parts;
  if (SSL_get_peer_signature_type_nid(ssl, &parts.type) != 1) return {};
  if (SSL_get_peer_signature_nid(ssl, &parts.hash) != 1) return {};
  parts.signer = SSL_get0_peer_certificate(ssl);
  parts.version = SSL_version(ssl);
  return NameOfSignature(parts);
}

std::string SignatureName(SSL* ssl) {
  if (!HasSigned(ssl)) return {};
  if (GetCapabilities().signature_names) return AskForName(ssl, kGetSignatureName);
  SignatureParts parts;
  if (SSL_get_signature_type_nid(ssl, &parts.type) != 1) return {};
  if (SSL_get_signature_nid(ssl, &parts.hash) != 1) return {};
  parts.signer = SSL_get_certificate(ssl);
  parts.version = SSL_version(ssl);
  return NameOfSignature(parts);
}

}  // namespace sslkit::ossl
