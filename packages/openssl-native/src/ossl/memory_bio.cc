#include "memory_bio.h"

#include <algorithm>
#include <cstring>

#include "error_queue.h"

namespace sslkit::ossl {

namespace {

// A queue that was large once gives its memory back when it runs empty.
constexpr size_t kKeepCapacity = 64 * 1024;
constexpr size_t kFirstCapacity = 4 * 1024;

MemoryBio::State& StateOf(BIO* bio) {
  return *static_cast<MemoryBio::State*>(BIO_get_data(bio));
}

int Write(BIO* bio, const char* data, size_t size, size_t* written) {
  BIO_clear_retry_flags(bio);
  MemoryBio::State& state = StateOf(bio);
  *written = size;
  if (state.lent_output && state.queue.Size() == 0) {
    const size_t fits = std::min(size, state.lent.size);
    std::memcpy(state.lent.data, data, fits);
    state.lent.Advance(fits);
    data += fits;
    size -= fits;
  }
  state.queue.Append(data, size);
  return 1;
}

size_t ReadLent(MemoryBio::State& state, char* out, size_t size) {
  const size_t count = state.lent_output ? 0 : std::min(size, state.lent.size);
  if (count == 0) return 0;
  std::memcpy(out, state.lent.data, count);
  state.lent.Advance(count);
  return count;
}

int Read(BIO* bio, char* out, size_t size, size_t* read) {
  MemoryBio::State& state = StateOf(bio);
  BIO_clear_retry_flags(bio);
  *read = std::min(size, state.queue.Size());
  if (*read > 0) {
    std::memcpy(out, state.queue.Data(), *read);
    state.queue.Consume(*read);
    return 1;
  }
  *read = ReadLent(state, out, size);
  if (*read > 0) return 1;
  if (!state.end_written) BIO_set_retry_read(bio);
  return 0;
}

size_t Unread(const MemoryBio::State& state) {
  return state.queue.Size() + (state.lent_output ? 0 : state.lent.size);
}

long Control(BIO* bio, int command, long, void*) {
  const MemoryBio::State& state = StateOf(bio);
  switch (command) {
    case BIO_CTRL_EOF:
      // ssl3_read_n asks this to tell a ragged end from a broken transport.
      return state.end_written && Unread(state) == 0 ? 1 : 0;
    case BIO_CTRL_PENDING:
      return static_cast<long>(Unread(state));
    case BIO_CTRL_WPENDING:
      return 0;
    case BIO_CTRL_GET_CLOSE:
      return BIO_get_shutdown(bio);
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
    case BIO_CTRL_SET_CLOSE:
      return 1;
    default:
      return 0;
  }
}

int Create(BIO* bio) {
  BIO_set_data(bio, new MemoryBio::State());
  BIO_set_init(bio, 1);
  return 1;
}

int Destroy(BIO* bio) {
  delete static_cast<MemoryBio::State*>(BIO_get_data(bio));
  BIO_set_data(bio, nullptr);
  return 1;
}

BIO_METHOD* MakeMethod() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sslkit memory");
  if (method == nullptr) return nullptr;
  BIO_meth_set_write_ex(method, Write);
  BIO_meth_set_read_ex(method, Read);
  BIO_meth_set_ctrl(method, Control);
  BIO_meth_set_create(method, Create);
  BIO_meth_set_destroy(method, Destroy);
  return method;
}

// One for the process and never freed: a BIO of another thread may outlive static destructors.
const BIO_METHOD* Method() {
  static const BIO_METHOD* const method = MakeMethod();
  return method;
}

}  // namespace

void ByteQueue::Append(const void* data, size_t size) {
  if (size == 0) return;
  Reserve(size);
  std::memcpy(bytes_.get() + end_, data, size);
  end_ += size;
}

void ByteQueue::Consume(size_t size) {
  begin_ += std::min(size, Size());
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  if (capacity_ > kKeepCapacity) Trim();
}

void ByteQueue::Trim() {
  if (begin_ != end_) return;
  bytes_.reset();
  begin_ = end_ = capacity_ = 0;
}

// Moves the bytes to the front only when at least as many were consumed as are moved, so each byte
// moves O(1) times.
void ByteQueue::Reserve(size_t extra) {
  if (capacity_ - end_ >= extra) return;
  const size_t size = Size();
  if (capacity_ - size >= extra && begin_ >= size) {
    std::memmove(bytes_.get(), Data(), size);
  } else {
    const size_t capacity = std::max({size + extra, capacity_ * 2, kFirstCapacity});
    std::unique_ptr<uint8_t[]> grown(new uint8_t[capacity]);
    if (size > 0) std::memcpy(grown.get(), Data(), size);
    bytes_ = std::move(grown);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = size;
}

MemoryBio::MemoryBio()
    : bio_(CheckPointer(BIO_new(Method()), "BIO_new")), state_(&StateOf(bio_.get())) {}

void MemoryBio::LendInput(const uint8_t* data, size_t size) {
  // Only ever read: see ReadLent.
  state_->lent = {const_cast<uint8_t*>(data), size};
  state_->lent_output = false;
}

void MemoryBio::LendOutput(uint8_t* room, size_t size) {
  ByteQueue& waiting = state_->queue;
  state_->lent = {room, size};
  state_->lent_output = true;
  const size_t fits = std::min(size, waiting.Size());
  if (fits == 0) return;
  std::memcpy(room, waiting.Data(), fits);
  waiting.Consume(fits);
  state_->lent.Advance(fits);
}

void MemoryBio::Reclaim() {
  if (!state_->lent_output) state_->queue.Append(state_->lent.data, state_->lent.size);
  state_->lent = {};
  state_->lent_output = false;
}

BioPtr MemoryBio::Share() const {
  BIO_up_ref(bio_.get());
  return BioPtr(bio_.get());
}

}  // namespace sslkit::ossl
