#include "descriptor.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "../napi/class.h"

namespace sslkit::stream {

namespace {

using napi::Arguments;

constexpr size_t kPieceBytes = 64 * 1024;

bool IsTcp(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         (address.ss_family == AF_INET || address.ss_family == AF_INET6);
}

int DescriptorArgument(const Arguments& args) {
  return static_cast<int>(args.Integer(0, "fd", 0, INT32_MAX));
}

bool DescriptorWasReset(const Arguments& args) {
  return WasReset(DescriptorArgument(args));
}

Napi::Value DescriptorTakeArrived(const Arguments& args) {
  Bytes arrived;
  TakeArrived(DescriptorArgument(args), &arrived);
  return Napi::Buffer<uint8_t>::Copy(args.Env(), arrived.data(), arrived.size());
}

int DescriptorUnacknowledged(const Arguments& args) {
  return Unacknowledged(DescriptorArgument(args));
}

}  // namespace

bool WasReset(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return fd >= 0 && ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
         error == ECONNRESET;
}

void TakeArrived(int fd, Bytes* arrived) {
  std::array<char, kPieceBytes> piece;
  for (;;) {
    const ssize_t count = ::recv(fd, piece.data(), piece.size(), MSG_DONTWAIT);
    if (count <= 0) return;
    arrived->Append(piece.data(), static_cast<size_t>(count));
  }
}

int Unacknowledged(int fd) {
  int count = 0;
  if (!IsTcp(fd)) return 0;
#ifdef SO_NWRITE
  socklen_t size = sizeof count;
  return ::getsockopt(fd, SOL_SOCKET, SO_NWRITE, &count, &size) == 0 ? count : 0;
#else
  return ::ioctl(fd, TIOCOUTQ, &count) == 0 ? count : 0;
#endif
}

void ExportDescriptor(Napi::Env env, Napi::Object exports) {
  exports.Set("wasReset", napi::MakeFunction<DescriptorWasReset>(env, "wasReset"));
  exports.Set("takeArrived", napi::MakeFunction<DescriptorTakeArrived>(env, "takeArrived"));
  exports.Set("unacknowledged",
              napi::MakeFunction<DescriptorUnacknowledged>(env, "unacknowledged"));
}

}  // namespace sslkit::stream
