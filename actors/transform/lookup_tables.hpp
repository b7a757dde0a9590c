// The look-up tables in force in one shard, and the cache behind them that all shards share.
//
// Which content of a table is in force is said by TABLE records of the journal and kept with the state, so a
// replay finds the same rows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/transform/lookup_table.hpp"
#include "messages/errors.hpp"

namespace sluice {

// Makes tables from kept contents, each once for all shards. Thread safe.
class table_cache {
public:
  // Returns the bytes kept under a hash.
  using fetch = std::function<outcome<std::string>(std::uint64_t hash)>;
  explicit table_cache(fetch content) : content_(std::move(content)) {}

  outcome<std::shared_ptr<const lookup_table>> get(const table_spec& spec, std::uint64_t hash);

private:
  struct entry {
    table_spec spec;
    std::uint64_t hash = 0;
    std::weak_ptr<const lookup_table> table;
  };
  fetch content_;
  std::mutex mutex_;
  std::vector<entry> entries_;
};

// Not thread safe: one per shard.
class lookup_tables {
public:
  // One way of reading a file, and the table in force; null before the first TABLE record. Its address stays.
  struct slot {
    table_spec spec;
    std::shared_ptr<const lookup_table> table;
  };

  // `from`: null = no content can be had.
  explicit lookup_tables(std::shared_ptr<table_cache> from = nullptr) : from_(std::move(from)) {}

  // Declares a table that a step looks up in; equal specs share a slot.
  void declare(const table_spec& spec);
  // The slot of a declared table; null = not declared.
  const slot* find(const table_spec& spec) const noexcept;
  // Puts a table in force by hand (lint).
  void set(const table_spec& spec, std::shared_ptr<const lookup_table> table);
  // From now on the content `hash` of the file `path` is in force. A content that does not fit the spec any
  // more (a column is new) is no table: nothing is found. Errors: those of fetching it; then nothing has
  // changed.
  outcome<void> put_in_force(std::string_view path, std::uint64_t hash);
  // Path and hash of every table in force.
  const std::map<std::string, std::uint64_t, std::less<>>& in_force() const noexcept { return in_force_; }
  bool empty() const noexcept { return slots_.empty(); }

private:
  std::shared_ptr<table_cache> from_;
  std::vector<std::unique_ptr<slot>> slots_;
  std::map<std::string, std::uint64_t, std::less<>> in_force_;
};

} // namespace sluice
