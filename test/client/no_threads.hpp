// While it lives, the system has no thread for this process: each would want a stack larger than memory has
// addresses.
#pragma once

#include <cstddef>

#include <doctest/doctest.h>
#include <pthread.h>

namespace sluice::test {

class no_threads {
public:
  no_threads() {
    pthread_attr_t with;
    REQUIRE(pthread_getattr_default_np(&with) == 0);
    REQUIRE(pthread_attr_getstacksize(&with, &before_) == 0);
    pthread_attr_destroy(&with);
    set(std::size_t{1} << 47);
  }
  ~no_threads() { set(before_); }
  no_threads(const no_threads&) = delete;
  no_threads& operator=(const no_threads&) = delete;

private:
  static void set(std::size_t stack) {
    pthread_attr_t with;
    CHECK(pthread_getattr_default_np(&with) == 0);
    CHECK(pthread_attr_setstacksize(&with, stack) == 0);
    CHECK(pthread_setattr_default_np(&with) == 0);
    pthread_attr_destroy(&with);
  }
  std::size_t before_ = 0;
};

} // namespace sluice::test
