// The last message of each packet id of an MQTT session.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/checkpoint.hpp"

namespace sluice {

class packet_ids {
public:
  struct last_message {
    std::uint64_t content = 0; // hash of topic, payload and user properties
    std::uint32_t number = 0;  // modulo 2^32, from 1; zeros = none had this id
  };

  last_message last(std::uint16_t id) const noexcept {
    const auto& block = blocks_[id / per_block];
    return block ? last_message{block->contents[id % per_block], block->numbers[id % per_block]}
                 : last_message{};
  }
  void remember(std::uint16_t id, const last_message& m);

  // Adds the blocks of 256 ids that changed since the last call, for state_family::source under `prefix` and
  // the number of the block.
  void take_writes(const std::string& prefix, std::vector<state_write>& out);
  // Takes one back: `block` is the key behind the prefix. False iff it is damaged.
  bool load(std::string_view block, std::string_view value);

private:
  static constexpr std::size_t per_block = 256;
  struct block {
    std::array<std::uint64_t, per_block> contents{};
    std::array<std::uint32_t, per_block> numbers{};
  };
  // Brokers use few ids, or all of them in turn: few blocks exist, or few change from one save to the next.
  std::array<std::unique_ptr<block>, 65'536 / per_block> blocks_;
  std::bitset<65'536 / per_block> changed_;
};

} // namespace sluice
