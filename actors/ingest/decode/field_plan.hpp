// What to do with which key: the paths of a source as a tree of targets, looked up while a payload is walked.
// A column or the name of a record is a path of one name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/decode/field_contract.hpp"
#include "actors/ingest/decode/json_path.hpp"
#include "actors/ingest/field_table.hpp"

namespace sluice {

class field_plan {
public:
  static constexpr std::int32_t none = -1;

  // One field made of a value.
  struct use {
    std::uint32_t slot;
    std::int32_t contract; // among contracts; none = as found
  };

  struct target {
    std::int32_t slot = none; // of the only field made of this value, if it has no contract
    bool time = false, sequence = false, device = false;
    bool mapped = false;       // by an explicit map: an object or array here is field.type
    bool each = false;         // its elements are the events
    bool as_text = false;      // a declared text or a time with a format: no guess is made
    std::int32_t child = none; // the node below, if paths lead on
    std::vector<use> uses;     // all fields of it, also the only one
    std::uint64_t seen = 0;    // stamp of the payload that had it last
    std::string path;          // as an error names it
    // False iff the target is there for the sake of paths that lead through it only.
    bool has_use() const noexcept { return !uses.empty() || time || sequence || device; }
  };

  field_plan() : nodes_(1) {}

  // The target at the end of `path`, made if need be.
  target& at(const json_path& path);
  void add_field(target& t, std::uint32_t slot, std::int32_t contract = none);
  // Adds a contract; its number.
  std::int32_t add(field_contract contract);
  const field_contract& contract(std::int32_t number) const noexcept {
    return contracts_[static_cast<std::size_t>(number)];
  }

  static constexpr std::int32_t root = 0;
  std::int32_t find(std::int32_t node, std::string_view key) const noexcept {
    if (node == none) return none;
    const auto& names = nodes_[static_cast<std::size_t>(node)];
    const auto found = names.find(key);
    return found == names.end() ? none : static_cast<std::int32_t>(found->second);
  }
  target& operator[](std::int32_t index) noexcept { return targets_[static_cast<std::size_t>(index)]; }
  const target& operator[](std::int32_t index) const noexcept {
    return targets_[static_cast<std::size_t>(index)];
  }

private:
  std::vector<target> targets_;
  std::vector<text_map<std::uint32_t>> nodes_; // key -> target; the first is the top level
  std::vector<field_contract> contracts_;
};

} // namespace sluice
