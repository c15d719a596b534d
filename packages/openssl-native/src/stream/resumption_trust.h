#pragma once

namespace sslkit::stream {

/// Whether to believe that a handshake will be a resumption, and so cheap enough for the loop. What
/// a peer says costs it nothing: after one that turned out a full handshake, the next ones are not
/// believed, so that a flood of false offers gets one handshake in a few dozen onto the loop.
class ResumptionTrust {
 public:
  bool Believe() {
    if (doubts_ == 0) return true;
    --doubts_;
    return false;
  }
  void Disappoint() { doubts_ = kDoubts; }

 private:
  static constexpr int kDoubts = 32;
  int doubts_ = 0;
};

}  // namespace sslkit::stream
