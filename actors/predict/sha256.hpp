// SHA-256 of bytes, as 64 hex digits: what a bundle names its files and its training data by.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sluice {

// Bytes in, in pieces; not thread safe.
class sha256 {
public:
  sha256();
  ~sha256();
  void add(std::string_view bytes) noexcept;
  // The digest of everything added; add nothing afterwards.
  std::string text();

private:
  struct context;
  std::unique_ptr<context> context_;
};

std::string sha256_of(std::string_view bytes);

} // namespace sluice
