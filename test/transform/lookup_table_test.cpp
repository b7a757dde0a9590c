// Tables from CSV texts: types, keys, and what is refused with its line.
#include "actors/transform/lookup_table.hpp"

#include <doctest/doctest.h>

#include "actors/transform/lookup_tables.hpp"

using namespace sluice;

namespace {

table_spec spec(std::vector<std::string> keys, std::vector<std::string> columns, char separator = ',') {
  return {"rooms.csv", separator, std::move(keys), std::move(columns)};
}
std::shared_ptr<const lookup_table> table(std::string_view text, const table_spec& s) {
  auto made = lookup_table::parse(text, s);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().text));
  return *made;
}
std::string refused(std::string_view text, const table_spec& s = spec({"room"}, {"floor"})) {
  const auto made = lookup_table::parse(text, s);
  return made ? "" : made.error().text;
}
field_value text(std::string_view t) {
  return {value_type::text, {}, t};
}
field_value integer(std::int64_t i) {
  return {value_type::integer, slot::of(i), {}};
}
field_value number(double d) {
  return {value_type::number, slot::of(d), {}};
}
std::uint32_t find(const lookup_table& t, std::vector<field_value> key) {
  std::string room;
  return t.find(key, room);
}

} // namespace

TEST_CASE("a column has the narrowest type that all its cells have; an empty cell is missing") {
  const auto t = table("room,i,n,b,t,e\n"
                       "a,1,1,true,1,\n"
                       "b,-2,2.5,FALSE,x,\n"
                       "c,,1e3,,007,\n",
                       spec({"room"}, {"i", "n", "b", "t", "e"}));
  using enum value_type;
  std::vector<value_type> types;
  for (const auto& c : t->columns()) types.push_back(c.type);
  CHECK(types == std::vector{integer, number, boolean, value_type::text, value_type::text});
  const auto b = find(*t, {::text("b")});
  CHECK(t->value(b, 0).value.integer() == -2);
  CHECK(t->value(b, 1).value.number() == 2.5);
  CHECK_FALSE(t->value(b, 2).value.boolean());
  CHECK(t->value(b, 3).text == "x");
  CHECK(t->value(b, 4).type == missing);
  const auto c = find(*t, {::text("c")});
  CHECK(t->value(c, 0).type == missing);
  CHECK(t->value(c, 1).value.number() == 1000);
  CHECK(t->value(c, 3).text == "007");
  CHECK(find(*t, {::text("d")}) == lookup_table::no_row);
}

TEST_CASE("keys are equal as values: numbers as numbers, a text of a topic as what it reads as") {
  const auto t = table("id,v\n7,a\n8.5,b\n1000000,c\n", spec({"id"}, {"v"}));
  for (const auto& [key, found] : std::vector<std::pair<field_value, std::string>>{{integer(7), "a"},
                                                                                   {number(7.0), "a"},
                                                                                   {text("7"), "a"},
                                                                                   {text("7.0"), "a"},
                                                                                   {text("8.50"), "b"},
                                                                                   {text("1e6"), "c"},
                                                                                   {number(1e6), "c"},
                                                                                   {text("07"), ""},
                                                                                   {text("seven"), ""},
                                                                                   {text(""), ""},
                                                                                   {{}, ""}}) {
    const auto row = find(*t, {key});
    CHECK((row == lookup_table::no_row ? "" : t->value(row, 0).text) == found);
  }
  const auto words = table("id,v\n07,a\n7,b\ntrue,c\n", spec({"id"}, {"v"}));
  CHECK(words->value(find(*words, {text("07")}), 0).text == "a");
  CHECK(words->value(find(*words, {integer(7)}), 0).text == "b");
  CHECK(words->value(find(*words, {{value_type::boolean, slot::of(true), {}}}), 0).text == "c");
  const auto flags = table("on,v\ntrue,a\nfalse,b\n", spec({"on"}, {"v"}));
  CHECK(flags->value(find(*flags, {text("True")}), 0).text == "a");
  CHECK(flags->value(find(*flags, {{value_type::boolean, slot::of(false), {}}}), 0).text == "b");
  CHECK(find(*flags, {integer(1)}) == lookup_table::no_row);
}

TEST_CASE("a key may have several columns") {
  const auto t = table("site,room,v\na,1,x\na,2,y\nb,1,z\n", spec({"room", "site"}, {"v"}));
  CHECK(t->value(find(*t, {integer(1), text("b")}), 0).text == "z");
  CHECK(t->value(find(*t, {text("2"), text("a")}), 0).text == "y");
  CHECK(find(*t, {integer(2), text("b")}) == lookup_table::no_row);
}

TEST_CASE(
    "quotes, line breaks in them, a byte order mark, CRLF, empty lines and another separator are read") {
  const auto t = table("\xef\xbb\xbfroom;floor\r\n\r\n\"a;\"\"b\"\"\";\"one\r\ntwo\"\r\nc;\"\"\r\n",
                       spec({"room"}, {"floor"}, ';'));
  CHECK(t->rows() == 2);
  CHECK(t->value(find(*t, {text("a;\"b\"")}), 0).text == "one\r\ntwo");
  CHECK(t->value(find(*t, {text("c")}), 0).type == value_type::missing);
}

TEST_CASE("what is wrong with a table is said with its line") {
  CHECK(refused("") == "rooms.csv:1: the table has no header (got an empty file)");
  CHECK(refused("room,floor\na,1\nb\n") ==
        "rooms.csv:3: the row has another number of cells (got 1, want 2)");
  CHECK(refused("room,floor\na,1\n\nb,\"x\ny\"\na,2\n") ==
        "rooms.csv:6: the key is in the table twice (got \"a\", first in line 2)");
  CHECK(refused("room,floor\n1,1\n1.0,2\n") ==
        "rooms.csv:3: the key is in the table twice (got \"1.0\", first in line 2)");
  CHECK(refused("room,floor\n,1\n") == "rooms.csv:2: the key is empty (got nothing in column \"room\")");
  CHECK(refused("rom,floor\na,1\n") == "rooms.csv:1: there is no such column, did you mean \"rom\"? (got "
                                       "\"room\", want one of rom, floor)");
  CHECK(refused("room,floor,room\n") == "rooms.csv:1: two columns have one name (got \"room\")");
  CHECK(refused("room,floor\na,\"1\n") == "rooms.csv:2: a quote is not closed");
  CHECK(refused("room,floor\n\"a\"b,1\n") == "rooms.csv:2: there is text behind a closing quote");
  CHECK(refused("room,floor\na,\xff\n") == "rooms.csv:2: the row is not UTF-8");
  CHECK(refused(std::string(lookup_table::most_bytes + 1, 'x')) ==
        "rooms.csv: the table is too large (got 16777217 bytes, want at most 16777216)");
}

TEST_CASE("a table without rows finds nothing") {
  const auto t = table("room,floor\n", spec({"room"}, {"floor"}));
  CHECK(t->rows() == 0);
  CHECK(find(*t, {text("a")}) == lookup_table::no_row);
}

TEST_CASE("a column that changes from number to text is said") {
  const auto s = spec({"room"}, {"floor"});
  const auto one = table("room,floor\na,1\n", s), half = table("room,floor\na,1.5\n", s),
             word = table("room,floor\na,first\n", s);
  CHECK(changed_types(*one, *half) == "");
  CHECK(changed_types(*half, *one) == "");
  CHECK(changed_types(*one, *word) == "column \"floor\" has another type (got text, want integer)");
}

TEST_CASE("tables in force follow their records, and all ways of reading a file change together") {
  std::map<std::uint64_t, std::string> kept{{1, "room,floor,area\na,1,20\n"},
                                            {2, "room,floor,area\na,2,30\n"}};
  int fetched = 0;
  auto cache = std::make_shared<table_cache>([&](std::uint64_t hash) -> outcome<std::string> {
    ++fetched;
    if (!kept.contains(hash)) return fail(ec::storage, "gone");
    return kept[hash];
  });
  lookup_tables a(cache), b(cache);
  const auto floor = spec({"room"}, {"floor"}), area = spec({"room"}, {"area"});
  for (auto* t : {&a, &b}) t->declare(floor), t->declare(area), t->declare(floor);
  CHECK(a.find(floor)->table == nullptr);
  CHECK(a.find(spec({"floor"}, {"room"})) == nullptr);
  REQUIRE(a.put_in_force("rooms.csv", 1));
  REQUIRE(b.put_in_force("rooms.csv", 1));
  CHECK(fetched == 2); // each way of reading once for both
  CHECK(a.find(floor)->table == b.find(floor)->table);
  const auto* slot = a.find(area);
  CHECK(slot->table->value(find(*slot->table, {text("a")}), 0).value.integer() == 20);
  REQUIRE(a.put_in_force("rooms.csv", 2));
  CHECK(slot->table->value(find(*slot->table, {text("a")}), 0).value.integer() == 30);
  CHECK_FALSE(a.put_in_force("rooms.csv", 3));
  CHECK(a.in_force().at("rooms.csv") == 2);
  REQUIRE(a.put_in_force("other.csv", 3)); // nobody reads it
  CHECK(a.in_force().size() == 1);
  kept[4] = "room,floor\na,9\n"; // no column area
  REQUIRE(a.put_in_force("rooms.csv", 4));
  CHECK(a.find(area)->table == nullptr);
  CHECK(a.find(floor)->table->value(0, 0).value.integer() == 9);
}
