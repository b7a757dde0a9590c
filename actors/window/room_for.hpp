// Room in a vector for appends that must not throw.
#pragma once

#include <algorithm>
#include <vector>

namespace sluice {

// After it, `n` push_backs cannot throw. Grows like push_back does.
template <class T> void room_for(std::vector<T>& v, std::size_t n = 1) {
  if (v.capacity() - v.size() < n) v.reserve(std::max(v.size() + n, 2 * v.capacity()));
}

} // namespace sluice
