#include "actors/ingest/packet_ids.hpp"

#include <charconv>

#include "actors/store/bytes.hpp"

namespace sluice {

void packet_ids::remember(std::uint16_t id, const last_message& m) {
  auto& block = blocks_[id / per_block];
  if (!block) block = std::make_unique<packet_ids::block>();
  block->contents[id % per_block] = m.content;
  block->numbers[id % per_block] = m.number;
  changed_.set(id / per_block);
}

void packet_ids::take_writes(const std::string& prefix, std::vector<state_write>& out) {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (!changed_[i]) continue;
    std::string value;
    value.reserve(sizeof(block));
    byte_writer to(value);
    for (const auto content : blocks_[i]->contents) to.number(content);
    for (const auto number : blocks_[i]->numbers) to.number(number);
    out.push_back({state_family::source, prefix + std::to_string(i), std::move(value)});
  }
  changed_.reset();
}

bool packet_ids::load(std::string_view block, std::string_view value) {
  std::size_t i = 0;
  const auto* const end = block.data() + block.size();
  const auto read = std::from_chars(block.data(), end, i);
  if (read.ec != std::errc() || read.ptr != end || i >= blocks_.size()) return false;
  auto loaded = std::make_unique<packet_ids::block>();
  byte_reader in(value);
  for (auto& content : loaded->contents) content = in.number<std::uint64_t>();
  for (auto& number : loaded->numbers) number = in.number<std::uint32_t>();
  if (!in.ok() || !in.at_end()) return false;
  blocks_[i] = std::move(loaded);
  return true;
}

} // namespace sluice
