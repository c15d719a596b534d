#include "warm.h"

namespace sslkit::ossl {

Warm::Warm(SSL* ssl) : ssl_((SSL_get_mode(ssl) & SSL_MODE_RELEASE_BUFFERS) == 0 ? nullptr : ssl) {}

void Warm::Enter() {
  if (inside_) {
    Unlink();
  } else {
    SSL_clear_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
  }
  List& row = Row();
  inside_ = true;
  behind_ = row.first;
  (behind_ == nullptr ? row.last : behind_->before_) = this;
  row.first = this;
  if (++row.size > kPlaces) row.last->CoolDown();
}

void Warm::Unlink() {
  List& row = Row();
  (before_ == nullptr ? row.first : before_->behind_) = behind_;
  (behind_ == nullptr ? row.last : behind_->before_) = before_;
  before_ = behind_ = nullptr;
  inside_ = false;
  row.size--;
}

/// Buffers with a part of a record in them are released when the record is complete.
void Warm::CoolDown() {
  Unlink();
  SSL_set_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
  SSL_free_buffers(ssl_);
}

}  // namespace sslkit::ossl
