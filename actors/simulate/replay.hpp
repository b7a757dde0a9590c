// Publishes the rows of a file as messages, in the pace of their times or faster: `sluice replay`.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "actors/ingest/decode_options.hpp"
#include "actors/simulate/publish_loop.hpp"

namespace sluice {

struct replay_options : publish_options {
  std::string file;
  char separator = ',';
  std::string topic;     // {device} and names of columns
  std::string device;    // a column, else the name itself; "" = the column `device`
  time_options time;     // path: the column
  double speed = 1;      // how much faster than the times say; 0 = as fast as the broker takes them
  bool shift = false;    // the last row's time becomes the start of the replay
  bool skip_bad = false; // count rows that cannot be published instead of refusing the file
};

struct replay_totals {
  std::uint64_t rows = 0, skipped = 0, devices = 0;
};

// Returns iff every row has its PUBACK. The payload is the row with `time` (ms since 1970) in place of its
// time column and `seq`, counted per device from 1. The whole file is read and checked before anything is
// published. Errors: invalid (file, a row of it: file and line, what, got, want; topic), storage, and those
// of publish(). `begun` is told the totals when publishing begins.
outcome<publish_progress> replay(const replay_options& options,
                                 const std::function<void(const replay_totals&)>& begun,
                                 const std::atomic<bool>& stop, const std::atomic<bool>& abandon,
                                 const publish_listener& tell);

} // namespace sluice
