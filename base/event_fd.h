// EventFd: one thread wakes another's loop. Any thread may raise it; the loop watches fd() and clears it.
#pragma once

namespace base {

class EventFd {
 public:
  EventFd();  // throws std::runtime_error when the process has no file descriptor left
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  void raise();
  void clear();
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace base
