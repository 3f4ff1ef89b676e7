// The HTML page of a report.
#include <fmt/format.h>

#include "lab/report.h"

namespace lab {
namespace {

constexpr const char* kStyle = R"(
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{border-bottom:1px solid #d7dce2;padding:.2rem .8rem;text-align:left;white-space:nowrap}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}img{max-width:100%}.holds{color:#0a6b2d}.fails{color:#b00020;font-weight:600}
)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// As a data URI the drawing is an image: its ids meet no other drawing's, and nothing in it can run.
std::string data_uri(const std::string& svg) {
  std::string out = "data:image/svg+xml,";
  for (const char c : svg) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~/:=, ").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string html_of(const Table& table) {
  auto html = fmt::format("<div class=\"wide\"><table><caption>{}</caption>\n", escaped(table.title));
  const auto line = [&](const char* tag, auto text_at) {
    html += "<tr>";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto* kind = is_numeric(table, i) ? " class=\"number\"" : "";
      html += fmt::format("<{0}{1}>{2}</{0}>", tag, kind, escaped(text_at(i)));
    }
    html += "</tr>\n";
  };
  line("th", [&](std::size_t i) { return table.columns[i]; });
  for (const auto& row : table.rows) line("td", [&](std::size_t i) { return text_of(row.at(i)); });
  return html + "</table></div>\n";
}

std::string html_of(const Section& section, const std::function<std::string(const Plot&)>& svg) {
  auto html = fmt::format("<h2 id=\"{0}\">({0}) {1}</h2>\n<p>{2}</p>\n", section.letter, escaped(section.title),
                          escaped(section.text));
  for (const auto& plot : section.plots) {
    const auto drawing = svg(plot);
    if (!drawing.empty()) html += fmt::format("<img alt=\"{}\" src=\"{}\">\n", escaped(plot.title), data_uri(drawing));
  }
  for (const auto& table : section.tables) html += html_of(table);
  for (const auto& check : section.checks) {
    html += fmt::format("<p class=\"{0}\">{0}: {1}</p>\n", check.holds ? "holds" : "fails", escaped(check.what));
  }
  return html;
}

}  // namespace

std::string as_html(const Sections& sections, const std::string& head,
                    const std::function<std::string(const Plot&)>& svg) {
  auto html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Pygmy: the labs' experiments</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width\"><style>{}</style></head><body>\n"
      "<h1>The labs' experiments</h1>\n<p>{}</p>\n",
      kStyle, escaped(head));
  for (const auto& section : sections) html += html_of(section, svg);
  return html + "</body></html>\n";
}

}  // namespace lab
