// Packets that a server may send.
#pragma once

#include <string>
#include <vector>

namespace sluice::test {

using namespace std::string_literals;

struct server_packet {
  int protocol;
  std::string bytes;
};

// One of each, with everything that may be in it.
inline const std::vector<server_packet> server_packets = {
    {4, "\x20\2\1\0"s},
    {4, "\x20\2\0\5"s},
    {5, "\x20\3\1\0\0"s},
    {5, "\x20\2\0\1"s}, // a broker of 3.1.1
    {5,
     "\x20\x39\0\0\x36\x11\0\0\0\x0a\x21\0\5\x24\1\x25\0\x27\0\0\1\0\x12\0\2id\x22\0\7\x1f\0\2no\x26\0\1k\0\1v"s
     "\x28\0\x29\0\x2a\0\x13\0\x1e\x1a\0\1r\x1c\0\1s"s},
    {4, "\x30\6\0\1tabc"s},
    {4, "\x3d\x08\0\1t\0\7xyz"s},
    {5,
     "\x32\x33\0\3t/u\1\2\x28\1\1\2\0\0\0\x3c\3\0\1c\x08\0\1r\x09\0\2\0\xff\x0b\x81\1\x23\0\3\x26\0\1a\0\1b\x26\0\1a\0\1cpay"s},
    {5, "\x34\x09\0\0\0\7\3\x23\0\1x"s},
    {4, "\x40\2\0\7"s},
    {5, "\x40\3\0\7\x10"s},
    {5, "\x50\x09\0\7\x97\5\x1f\0\2no"s},
    {5, "\x62\4\0\7\x92\0"s},
    {5, "\x70\2\0\7"s},
    {4, "\x90\5\0\1\0\2\x80"s},
    {5, "\x90\6\0\1\0\1\x87\xa2"s},
    {4, "\xb0\2\0\1"s},
    {5, "\xb0\5\0\1\0\0\x11"s},
    {5, "\xd0\0"s},
    {5, "\xe0\0"s},
    {5, "\xe0\1\x8e"s},
    {5, "\xe0\x0c\x9c\x0a\x1f\0\2no\x1c\0\2ab"s},
};

} // namespace sluice::test
