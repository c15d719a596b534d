#pragma once
// Trusted certificates and CRLs.

#include <string>
#include <vector>

#include "pem_load.h"
#include "ptr.h"

namespace sslkit::ossl {

struct StoreStats {
  int x509 = 0;
  int crl = 0;
  int x509_ca = 0;
};

X509StorePtr NewStore();
/// The same objects in a store of its own; lookup folders stay behind.
X509StorePtr CloneStore(X509_STORE* store);

/// @see X509_load_cert_crl_file(3)
int AddPemBundle(X509_STORE* store, ByteView pem);
/// Certificates only; text around and between is skipped.
int AddPemCertificates(X509_STORE* store, ByteView pem);
int AddDerCertificates(X509_STORE* store, ByteView der);
void AddDirectory(X509_STORE* store, const std::string& path);

StoreStats CountObjects(X509_STORE* store);
/// DER of the certificates that may sign others.
std::vector<std::string> CaCertificates(X509_STORE* store);

}  // namespace sslkit::ossl
