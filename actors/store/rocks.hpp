// The database as the store uses it: column families, atomic batches, ordered scans, snapshots. The only room
// in the house where RocksDB's headers are included is rocks.cpp. Thread safe. Errors: ec::corrupt for
// damaged bytes, else ec::storage.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "messages/checkpoint.hpp"
#include "messages/errors.hpp"

namespace sluice {

// One column family each. The first four are state_family's.
enum class family : std::uint8_t { device, window, mark, source, outbox, dead_letters, meta, counters };
inline constexpr std::size_t families = 8;
inline family of(state_family f) noexcept {
  return static_cast<family>(f);
}

class rocks {
public:
  enum class mode { read_write, read_only };
  // read_only: beside a running service too; sees what was there at this moment, changes nothing on disk.
  static outcome<std::unique_ptr<rocks>> open(const std::string& path, mode how);
  ~rocks();

  class batch {
  public:
    explicit batch(const rocks& db); // must not outlive it
    ~batch();
    batch(batch&&) noexcept;
    void put(family f, std::string_view key, std::string_view value);
    void erase(family f, std::string_view key);
    void erase_range(family f, std::string_view begin, std::string_view end); // [begin, end)
    bool empty() const noexcept;

  private:
    friend class rocks;
    struct impl;
    std::unique_ptr<impl> impl_;
  };
  outcome<void> write(batch& what, bool synced);
  outcome<void> sync(); // everything written so far survives a power cut

  // All reads given the same snapshot see the same moment. A null snapshot is "now".
  class snapshot;
  std::shared_ptr<const snapshot> now() const;

  outcome<std::optional<std::string>> get(family f, std::string_view key, const snapshot* at = nullptr) const;
  // Calls `each` in key order from `from` on, for keys below `end` ("" = no end), until it returns false.
  outcome<void> scan(family f, std::string_view from, std::string_view end,
                     const std::function<bool(std::string_view key, std::string_view value)>& each,
                     const snapshot* at = nullptr) const;
  outcome<std::optional<std::string>> last_key(family f) const;

  // Gives the disk space of erased keys in [begin, end) back. `thorough` also rewrites files that hold other
  // keys.
  outcome<void> reclaim(family f, std::string_view begin, std::string_view end, bool thorough);
  std::uint64_t bytes() const; // on disk

private:
  struct impl;
  explicit rocks(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

// The smallest key above all keys that begin with `prefix`; "" when there is none.
std::string prefix_end(std::string_view prefix);

} // namespace sluice
