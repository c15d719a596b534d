#include "store.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "certificate.h"
#include "error_queue.h"

namespace sslkit::ossl {

namespace {

// A handshake on another thread may add what it finds in a folder, so the list is walked under the
// store's lock.
class StoreLock {
 public:
  explicit StoreLock(X509_STORE* store) : store_(store) {
    Check(X509_STORE_lock(store) == 1, "X509_STORE_lock");
  }
  ~StoreLock() { X509_STORE_unlock(store_); }
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

 private:
  X509_STORE* store_;
};

template <class Visit>
void ForEachObject(X509_STORE* store, Visit visit) {
  StoreLock lock(store);
  STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) visit(sk_X509_OBJECT_value(objects, i));
}

bool LastErrorIs(int library, int reason) {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == library && ERR_GET_REASON(error) == reason;
}

int RefusePassword(char*, int, int, void*) {
  return -1;
}

}  // namespace

X509StorePtr NewStore() {
  return X509StorePtr(CheckPointer(X509_STORE_new(), "X509_STORE_new"));
}

X509StorePtr CloneStore(X509_STORE* store) {
  ErrorScope scope;
  X509StorePtr clone = NewStore();
  ForEachObject(store, [&](X509_OBJECT* object) {
    if (X509* cert = X509_OBJECT_get0_X509(object)) {
      Check(X509_STORE_add_cert(clone.get(), cert) == 1, "X509_STORE_add_cert");
    } else if (X509_CRL* crl = X509_OBJECT_get0_X509_CRL(object)) {
      Check(X509_STORE_add_crl(clone.get(), crl) == 1, "X509_STORE_add_crl");
    }
  });
  return clone;
}

int AddPemBundle(X509_STORE* store, ByteView pem) {
  ErrorScope scope;
  const BioPtr bio = OpenBytes(pem);
  const X509InfoStackPtr infos(PEM_X509_INFO_read_bio(bio.get(), nullptr, RefusePassword, nullptr));
  if (!infos) {
    ERR_raise(ERR_LIB_X509, ERR_R_PEM_LIB);
    throw TakeFailure("X509_load_cert_crl_file");
  }
  int count = 0;
  for (int i = 0; i < sk_X509_INFO_num(infos.get()); i++) {
    const X509_INFO* info = sk_X509_INFO_value(infos.get(), i);
    if (info->x509 != nullptr) {
      Check(X509_STORE_add_cert(store, info->x509) == 1, "X509_STORE_add_cert");
      count++;
    }
    if (info->crl != nullptr) {
      Check(X509_STORE_add_crl(store, info->crl) == 1, "X509_STORE_add_crl");
      count++;
    }
  }
  if (count == 0) {
    ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND);
    throw TakeFailure("X509_load_cert_crl_file");
  }
  return count;
}

int AddPemCertificates(X509_STORE* store, ByteView pem) {
  ErrorScope scope;
  const BioPtr bio = OpenBytes(pem);
  int count = 0;
  while (X509* cert = PEM_read_bio_X509(bio.get(), nullptr, RefusePassword, nullptr)) {
    const X509Ptr owner(cert);
    Check(X509_STORE_add_cert(store, cert) == 1, "X509_STORE_add_cert");
    count++;
  }
  // What follows the last certificate may be any text, but not a broken certificate.
  if (count > 0 && !LastErrorIs(ERR_LIB_PEM, PEM_R_NO_START_LINE))
    throw TakeFailure("PEM_read_bio_X509");
  return count;
}

int AddDerCertificates(X509_STORE* store, ByteView der) {
  ErrorScope scope;
  const BioPtr bio = OpenBytes(der);
  int count = 0;
  while (BIO_pending(bio.get()) > 0) {
    const X509Ptr cert(d2i_X509_bio(bio.get(), nullptr));
    if (!cert && count == 0) return 0;
    Check(cert != nullptr, "d2i_X509");
    Check(X509_STORE_add_cert(store, cert.get()) == 1, "X509_STORE_add_cert");
    count++;
  }
  return count;
}

void AddDirectory(X509_STORE* store, const std::string& path) {
  ErrorScope scope;
  X509_LOOKUP* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
  Check(lookup != nullptr, "X509_STORE_add_lookup");
  Check(X509_LOOKUP_add_dir(lookup, path.c_str(), X509_FILETYPE_PEM) == 1, "X509_LOOKUP_add_dir");
}

StoreStats CountObjects(X509_STORE* store) {
  StoreStats stats;
  ForEachObject(store, [&](X509_OBJECT* object) {
    if (X509* cert = X509_OBJECT_get0_X509(object)) {
      stats.x509++;
      if (X509_check_ca(cert) != 0) stats.x509_ca++;
    } else if (X509_OBJECT_get0_X509_CRL(object) != nullptr) {
      stats.crl++;
    }
  });
  return stats;
}

std::vector<std::string> CaCertificates(X509_STORE* store) {
  std::vector<std::string> result;
  ForEachObject(store, [&](X509_OBJECT* object) {
    X509* cert = X509_OBJECT_get0_X509(object);
    if (cert != nullptr && X509_check_ca(cert) != 0) result.push_back(ToDer(cert));
  });
  return result;
}

}  // namespace sslkit::ossl
