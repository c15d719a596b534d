#include "groups.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <algorithm>

#include "error_queue.h"
#include "ptr.h"

namespace sslkit::ossl {

namespace {

struct Group {
  unsigned id = 0;
  /// 0: no bound.
  int min_version = 0, max_version = 0;
  std::string name;
};

struct Search {
  const OSSL_PROVIDER* provider = nullptr;
  std::vector<Group> found;
};

std::string TextOf(const OSSL_PARAM params[], const char* key) {
  const char* text = nullptr;
  const OSSL_PARAM* param = OSSL_PARAM_locate_const(params, key);
  return OSSL_PARAM_get_utf8_string_ptr(param, &text) == 1 && text != nullptr ? text : "";
}

// A group may be listed and yet not usable: what counts is whose implementation is fetched.
bool Implements(const OSSL_PROVIDER* provider, const std::string& algorithm) {
  ERR_set_mark();
  const EvpKeymgmtPtr keymgmt(EVP_KEYMGMT_fetch(nullptr, algorithm.c_str(), nullptr));
  ERR_pop_to_mark();
  return keymgmt != nullptr && EVP_KEYMGMT_get0_provider(keymgmt.get()) == provider;
}

int AddGroup(const OSSL_PARAM params[], void* arg) {
  Search& search = *static_cast<Search*>(arg);
  Group group;
  group.name = TextOf(params, OSSL_CAPABILITY_TLS_GROUP_NAME);
  const auto number = [&](const char* key) { return OSSL_PARAM_locate_const(params, key); };
  const bool complete =
      !group.name.empty() &&
      OSSL_PARAM_get_uint(number(OSSL_CAPABILITY_TLS_GROUP_ID), &group.id) == 1 &&
      OSSL_PARAM_get_int(number(OSSL_CAPABILITY_TLS_GROUP_MIN_TLS), &group.min_version) == 1 &&
      OSSL_PARAM_get_int(number(OSSL_CAPABILITY_TLS_GROUP_MAX_TLS), &group.max_version) == 1;
  if (complete && Implements(search.provider, TextOf(params, OSSL_CAPABILITY_TLS_GROUP_ALG)))
    search.found.push_back(std::move(group));
  return 1;
}

// Most providers have no groups, which is no failure.
int AskProvider(OSSL_PROVIDER* provider, void* arg) {
  static_cast<Search*>(arg)->provider = provider;
  OSSL_PROVIDER_get_capabilities(provider, "TLS-GROUP", AddGroup, arg);
  return 1;
}

bool Overlaps(const Group& group, long min_version, long max_version) {
  if (group.min_version > 0 && max_version > 0 && group.min_version > max_version) return false;
  return group.max_version <= 0 || min_version <= 0 || group.max_version >= min_version;
}

}  // namespace

std::vector<std::string> GroupsOfProviders(SSL_CTX* ctx, bool aliases) {
  ErrorScope scope;
  Search search;
  Check(OSSL_PROVIDER_do_all(nullptr, AskProvider, &search) == 1, "OSSL_PROVIDER_do_all");
  std::stable_sort(search.found.begin(), search.found.end(),
                   [](const Group& a, const Group& b) { return a.id < b.id; });
  std::vector<std::string> names;
  unsigned last = 0;  // no group's number
  for (Group& group : search.found) {
    const bool alias = group.id == last;
    if (!Overlaps(group, SSL_CTX_get_min_proto_version(ctx), SSL_CTX_get_max_proto_version(ctx)))
      continue;
    if (aliases || !alias) names.push_back(std::move(group.name));
    last = group.id;
  }
  return names;
}

}  // namespace sslkit::ossl
