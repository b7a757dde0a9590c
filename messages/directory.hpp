// Who is running now, by name: written by supervisors only, read by whoever must reach a component. Nobody
// keeps a handle, so a stale one cannot swallow messages. Thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "messages/interfaces.hpp"

namespace sluice {

struct directory_entry {
  std::string name;
  std::uint64_t id = 0;       // new for every incarnation, never used again in this process
  std::uint64_t restarts = 0; // since the process started
  std::string state;          // "running", "backing_off", "stopped"
  std::string reason;         // why the last incarnation ended; "" if none did
  component_actor handle;     // null while it is not running
};

class directory {
public:
  std::uint64_t next_id() {
    std::lock_guard lock(mutex_);
    return ++last_id_;
  }

  void put(directory_entry entry) {
    std::lock_guard lock(mutex_);
    entries_[entry.name] = std::move(entry);
  }

  component_actor find(const std::string& name) const {
    std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    return it == entries_.end() ? component_actor{} : it->second.handle;
  }

  std::vector<directory_entry> all() const {
    std::lock_guard lock(mutex_);
    std::vector<directory_entry> result;
    for (const auto& [name, entry] : entries_) result.push_back(entry);
    return result;
  }

  // Drops all handles: an actor system cannot end while they live.
  void clear() {
    std::lock_guard lock(mutex_);
    entries_.clear();
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, directory_entry> entries_;
  std::uint64_t last_id_ = 0;
};

} // namespace sluice
