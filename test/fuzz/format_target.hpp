// What the fuzz targets of the formats share: every payload is taken or refused, twice in the same way, and
// what comes out is whole.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#define DOCTEST_CONFIG_DISABLE // no test, the same fixture
#include "test/ingest/format_fixture.hpp"

namespace sluice {

inline int fuzz_format(format_fixture& fixture, const std::uint8_t* data, std::size_t size) {
  const std::string payload(reinterpret_cast<const char*>(data), size);
  const auto first = fixture.decode(payload);
  if (fixture.decode(payload) != first) std::abort();
  fixture.elements.clear();
  if (fixture.names->size() > 900) fixture.make(); // new names stay possible
  return 0;
}

} // namespace sluice
