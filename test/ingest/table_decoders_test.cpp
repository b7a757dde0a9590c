// Delimited text, CSV, lines, bare values, raw bytes.
#include <doctest/doctest.h>

#include "test/ingest/format_fixture.hpp"

using namespace sluice;

namespace {

using format = decode_options::format;

decode_options delimited() {
  decode_options o;
  o.kind = format::delimited;
  o.delimited.columns = {"id", "time", "value", "_", "note"};
  o.delimited.device_path = "id";
  o.delimited.time = {false, "time", time_unit::s};
  return o;
}

decode_options csv() {
  decode_options o;
  o.kind = format::csv;
  o.csv.device_path = "room";
  o.csv.time = {false, "date", time_unit::ms, "%Y-%m-%d %H:%M:%S", "UTC"};
  return o;
}

decode_options plain(format kind) {
  decode_options o;
  o.kind = kind;
  return o;
}

} // namespace

TEST_CASE("a line of columns is an event") {
  format_fixture f(delimited());
  CHECK(f.decode("a-1;5;21.5;x;warm room") == "0 a-1@5000 value=21.5d note=\"warm room\"\n");
  CHECK(f.decode("17;5;-3;;\r\n") == "0 17@5000 value=-3\n");
  CHECK(f.decode("a;5;007;;\n") == "0 a@5000 value=\"007\"\n");
  CHECK(f.decode(" a ; 5 ; 1e3 ;; x ") == "0 a@5000 value=1000d note=\"x\"\n");
}

TEST_CASE("a line that is not what it should be is a dead letter") {
  format_fixture f(delimited());
  CHECK(f.decode("a;5;1") == "text.columns at : 5 columns expected, got 3\n");
  CHECK(f.decode("") == "text.columns at : 5 columns expected, got 1\n");
  CHECK(f.decode("a;5;1;;\nb;6;1;;") == "text.columns at byte 7: one line expected, got several\n");
  CHECK(f.decode("a;5;\xff;;") == "text.utf8 at byte 4: invalid UTF-8, got \"\\xff\"\n");
  CHECK(f.decode(";5;1;;") == "device.missing at column id: no device in the payload\n");
  CHECK(f.decode("a b;5;1;;").find("device.invalid at column id") == 0);
  CHECK(f.decode("a;;1;;") == "time.missing at column time: no time in the payload\n");
  CHECK(f.decode("a;x;1;;").find("time.invalid at column time") == 0);
}

TEST_CASE("a decimal comma, another separator, declared types") {
  auto o = delimited();
  o.delimited.separator = '|', o.delimited.decimal = ',';
  o.delimited.fields = {{"v", "value"}, {"n", "note"}};
  o.delimited.fields[0].type = value_type::number;
  o.delimited.fields[1].type = value_type::text;
  format_fixture f(o);
  CHECK(f.decode("a|5|21,5||007") == "0 a@5000 v=21.5d n=\"007\"\n");
  CHECK(f.decode("a|5|x||").find("field.type at column value: a number expected") == 0);
}

TEST_CASE("each record of a CSV message is an event, its first one is the header") {
  format_fixture f(csv());
  CHECK(f.decode("room,date,Temperature,note\r\n"
                 "a,2015-02-04 03:00:00,21.5,\"warm, \"\"very\"\"\r\nso\"\r\n"
                 "\r\n"
                 "\"b\",\"2015-02-04 03:01:00\",\"22\",\n"
                 "c,2015-02-04 03:02:00,,x") ==
        "0 a@1423018800000 Temperature=21.5d note=\"warm, \\\"very\\\"\\x0d\\x0aso\"\n"
        "1 b@1423018860000 Temperature=22\n"
        "2 c@1423018920000 note=\"x\"\n");
  CHECK(f.decode("\xef\xbb\xbfroom,date,Temperature\na,2015-02-04 03:00:00,1\n") ==
        "0 a@1423018800000 Temperature=1\n");
  CHECK(f.decode("room,date,Temperature\n") == "");
}

TEST_CASE("a bad record of a CSV message is a dead letter alone") {
  format_fixture f(csv());
  CHECK(f.decode("room,date,t\n"
                 "a,2015-02-04 03:00:00,1\n"
                 "a,2015-02-04 03:00:00\n"
                 "a,2015-02-04 03:00:00,\"1\"x\n"
                 "a,2015-02-04 03:00:00,\xff\n"
                 "a,yesterday,1\n"
                 "b,2015-02-04 03:00:00,2\n"
                 "a,2015-02-04 03:00:00,\"1\n") ==
        "0 a@1423018800000 t=1\n5 b@1423018800000 t=2\n"
        "1 text.columns at record 2: 3 columns expected, got 2\n"
        "2 csv.syntax at record 3, byte 83: text behind the closing quote\n"
        "3 text.utf8 at record 4, byte 107: invalid UTF-8, got \"\\xff\"\n"
        "4 time.invalid at record 5, column date: time of the form %Y-%m-%d %H:%M:%S expected, got "
        "\"yesterday\"\n"
        "6 csv.syntax at record 7, byte 169: the quote is not closed\n");
  CHECK(f.elements[0] == "a,2015-02-04 03:00:00");
}

TEST_CASE("a header that lacks a column or has it twice is a dead letter of the message") {
  format_fixture f(csv());
  CHECK(f.decode("room,when,t\na,b,c\n") == "csv.header at header: no column \"date\"\n");
  CHECK(f.decode("room,date,room\na,b,c\n") == "csv.header at header: the column \"room\" stands twice\n");
  CHECK(f.decode("") == "csv.header at byte 0: no header: the message is empty\n");
  CHECK(f.decode("\"room,date\n") == "csv.header at byte 0: the quote is not closed\n");
}

TEST_CASE("columns of the configuration stand in for the header") {
  auto o = csv();
  o.csv.columns = {"_", "date", "Temperature", "room"};
  format_fixture f(o);
  CHECK(f.decode("\"140\",2015-02-04 03:00:00,23.7,a") == "0 a@1423018800000 Temperature=23.7d\n");
  CHECK(f.decode("date,Temperature", "plant/d-1/t", true) == ""); // a header of the file's own is nothing
}

TEST_CASE("a header that is a message of its own holds for its topic, and survives a restart") {
  format_fixture f(csv(), {}, true, false);
  CHECK(f.decode("a,2015-02-04 03:00:00,1", "plant/x/t") ==
        "csv.header at : no header came before this record\n");
  CHECK(f.decode("room,date,t\n", "plant/x/t", true) == "");
  CHECK(f.decode("date,room,u\n", "plant/y/t", true) == "");
  CHECK(f.decode("a,2015-02-04 03:00:00,1", "plant/x/t") == "0 a@1423018800000 t=1\n");
  CHECK(f.decode("2015-02-04 03:00:00,b,2", "plant/y/t") == "0 b@1423018800000 u=2\n");
  std::vector<state_write> writes;
  f.format->take_writes("decoder|field|", writes);
  REQUIRE(writes.size() == 2);
  CHECK(writes[0].key == "decoder|field|plant/x/t");
  f.format->take_writes("decoder|field|", writes);
  CHECK(writes.size() == 2);
  f.make();
  for (const auto& w : writes) f.format->load(w.key.substr(14), *w.value);
  CHECK(f.decode("2015-02-04 03:00:00,b,2", "plant/y/t") == "0 b@1423018800000 u=2\n");
  CHECK(f.decode("room,room\n", "plant/y/t", true).find("csv.header") == 0);
  CHECK(f.decode("2015-02-04 03:00:00,b,2", "plant/y/t").find("csv.header") == 0); // not by the one before
}

TEST_CASE("columns that no field names are counted") {
  auto o = csv();
  o.csv.fields = {{"t", "t"}};
  format_fixture f(o, {}, false);
  f.decode("room,date,t,u,v\na,2015-02-04 03:00:00,1,2,3\n");
  CHECK(f.unknown == 4); // room and date are no fields either
}

TEST_CASE("JSON lines: a bad line is a dead letter alone, an empty one is nothing") {
  decode_options o;
  o.lines = true;
  o.json.time = {false, "$.t", time_unit::ms};
  format_fixture f(o);
  CHECK(f.decode("{\"t\":1,\"x\":1}\n\n{\"t\":2,\r\n  \r\n{\"t\":3,\"y\":2}\r\n") ==
        "0 d-1@1 x=1\n2 d-1@3 y=2\n1 json.syntax at line 3, byte 7: key expected, got the end\n");
  CHECK(f.elements == std::vector<std::string>{"{\"t\":2,"});
  CHECK(f.decode("") == "");
}

TEST_CASE("lines of messages with many events: a bad line takes back what it began") {
  decode_options o;
  o.lines = true;
  o.json.each = "$[*]";
  format_fixture f(o);
  CHECK(f.decode("[{\"x\":1},{\"x\":2}]\n[{\"x\":3},{\"x\":]\n[{\"x\":4}]") ==
        "0 d-1@arrival x=1\n1 d-1@arrival x=2\n3 d-1@arrival x=4\n"
        "2 json.syntax at line 2, byte 14: value expected, got \"]\"\n");
}

TEST_CASE("plain lines are texts") {
  auto o = plain(format::raw);
  o.lines = true;
  format_fixture f(o);
  CHECK(f.decode("one\n two \n") == "0 d-1@arrival payload=\"one\"\n1 d-1@arrival payload=\" two \"\n");
}

TEST_CASE("a bare value is the field that the topic names") {
  format_fixture f(plain(format::value));
  struct row {
    std::string payload, want;
  };
  for (const auto& r :
       {row{"21.5", "0 d-1@arrival t=21.5d\n"}, row{" -7\n", "0 d-1@arrival t=-7\n"},
        row{"true", "0 d-1@arrival t=true\n"}, row{"on", "0 d-1@arrival t=\"on\"\n"},
        row{"\"a \\u0041\"", "0 d-1@arrival t=\"a A\"\n"}, row{"\"21.5\"", "0 d-1@arrival t=\"21.5\"\n"},
        row{"", "value.invalid at byte 0: number, boolean or text expected, got nothing\n"},
        row{"null", "value.invalid at byte 0: number, boolean or text expected, got \"null\"\n"},
        row{" {\"t\":1}",
            "value.invalid at byte 1: number, boolean or text expected, got \"{\\\"t\\\":1}\"\n"},
        row{"[1]", "value.invalid at byte 0: number, boolean or text expected, got \"[1]\"\n"},
        row{"\"a", "value.invalid at : a text in quotes as in JSON expected, got \"\\\"a\"\n"},
        row{"\"a\",\"b\":\"c\"", "value.invalid at : a text in quotes as in JSON expected, got "
                                 "\"\\\"a\\\",\\\"b\\\":\\\"c\\\"\"\n"},
        row{"\xff", "text.utf8 at byte 0: invalid UTF-8, got \"\\xff\"\n"}}) {
    CAPTURE(r.payload);
    CHECK(f.decode(r.payload) == r.want);
  }
  CHECK(f.decode("1", "plant/d-1/humidity") == "0 d-1@arrival humidity=1\n");
}

TEST_CASE("a bare value under a name of the configuration, with a contract") {
  auto o = plain(format::value);
  o.value.field = "t";
  o.value.fields = {{"t", "t"}};
  o.value.fields[0].unit = "Cel", o.value.fields[0].from = "degF";
  format_fixture f(o);
  CHECK(f.decode("77") == "0 d-1@arrival t=25d\n");
  CHECK(f.decode("warm").find("field.type at column t") == 0);
  auto other = o;
  other.value.field = "";
  format_fixture g(other);
  CHECK(g.decode("77", "plant/d-1/u") == "0 d-1@arrival\n");
  CHECK(g.unknown == 1);
}

TEST_CASE("raw bytes are kept, as text or as base64") {
  format_fixture f(plain(format::raw));
  CHECK(f.decode("{\"a\": 1}\n") == "0 d-1@arrival payload=\"{\\\"a\\\": 1}\\x0a\"\n");
  CHECK(f.decode(std::string("\xff\x00", 2)) == "0 d-1@arrival payload_base64=\"/wA=\"\n");
  CHECK(f.decode("") == "0 d-1@arrival payload=\"\"\n");
}
