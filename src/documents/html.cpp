#include "documents/html.h"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/name.h"
#include "base/text.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

const std::set<std::string_view> kHidden = {"script", "style",  "noscript", "template", "svg",    "head",   "select",
                                            "option", "button", "textarea", "input",    "iframe", "object", "canvas"};
const std::set<std::string_view> kBlocks = {"p",          "div",  "section", "article",    "header", "footer",  "main",
                                            "aside",      "nav",  "ul",      "ol",         "dl",     "dt",      "dd",
                                            "table",      "form", "figure",  "blockquote", "pre",    "address", "fieldset",
                                            "figcaption", "hr",   "details", "summary",    "caption"};

std::string_view name_of(const xmlNode* node) {
  return node->name == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(node->name));
}

std::string attribute(const xmlNode* node, const char* name) {
  xmlChar* value = xmlGetProp(const_cast<xmlNode*>(node), reinterpret_cast<const xmlChar*>(name));
  if (value == nullptr) return "";
  std::string text = repair_utf8(reinterpret_cast<const char*>(value));
  xmlFree(value);
  return text;
}

// Walks the tree without recursion: pages nest as deep as their makers like.
class Walk {
 public:
  HtmlText operator()(const xmlNode* root) {
    for (const xmlNode* node = root; node != nullptr;) {
      const bool goes_in = node->type == XML_ELEMENT_NODE && enter(node) && node->children != nullptr;
      if (goes_in) {
        node = node->children;
        continue;
      }
      if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) add_text(reinterpret_cast<const char*>(node->content));
      while (node != nullptr) {
        if (node->type == XML_ELEMENT_NODE) leave(node);
        if (node == root) return finished();
        if (node->next != nullptr) {
          node = node->next;
          break;
        }
        node = node->parent;
      }
    }
    return finished();
  }

 private:
  static int heading_level(std::string_view name) {
    return name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' ? name[1] - '0' : 0;
  }

  // False: what is in it is not shown.
  bool enter(const xmlNode* node) {
    const std::string_view name = name_of(node);
    if (name == "head") read_head(node);
    if (kHidden.contains(name)) return false;
    if (name == "br") line_ += row_ ? ' ' : '\n';
    if (const int level = heading_level(name)) begin_block(std::string(static_cast<std::size_t>(level), '#') + ' ');
    if (name == "li") begin_line("- ");
    if (name == "tr") {
      begin_line("| ");
      row_ = true;
    }
    if (kBlocks.contains(name) && !row_) begin_block("");
    return true;
  }

  void leave(const xmlNode* node) {
    const std::string_view name = name_of(node);
    if (name == "td" || name == "th") line_ += " | ";
    if (name == "tr") {
      row_ = false;
      flush();
    }
    if ((kBlocks.contains(name) || heading_level(name) > 0) && !row_) begin_block("");
    if (name == "li") flush();
  }

  void read_head(const xmlNode* head) {
    for (const xmlNode* child = head->children; child != nullptr; child = child->next) {
      if (name_of(child) == "title" && child->children != nullptr && child->children->content != nullptr) {
        found_.title = clean_name(repair_utf8(reinterpret_cast<const char*>(child->children->content)));
      }
      if (name_of(child) != "meta") continue;
      const std::string key = normalised(attribute(child, "name"));
      if (key == "author") found_.author = clean_name(attribute(child, "content"));
      if (key == "date") found_.date = clean_name(attribute(child, "content"));
    }
  }

  void add_text(const char* text) {
    if (text == nullptr) return;
    for (const char* at = text; *at != '\0'; ++at) {
      const bool white = *at == ' ' || *at == '\t' || *at == '\n' || *at == '\r' || *at == '\f';
      if (!white) line_ += *at;
      if (white && !line_.empty() && line_.back() != ' ' && line_.back() != '\n') line_ += ' ';
    }
  }

  void begin_line(std::string mark) {
    flush();
    mark_ = std::move(mark);
  }

  void begin_block(std::string mark) {
    if (!mark_.empty() && line_.find_first_not_of(" \n") == std::string::npos && mark.empty()) return;  // <li><p>
    flush();
    if (!found_.text.empty() && !found_.text.ends_with("\n\n")) found_.text += '\n';
    mark_ = std::move(mark);
  }

  void flush() {
    const std::size_t begin = line_.find_first_not_of(" \n");
    if (begin != std::string::npos) {
      std::string shown = line_.substr(begin, line_.find_last_not_of(" \n") + 1 - begin);
      // A heading, an item, a row is one line.
      if (!mark_.empty()) std::ranges::replace(shown, '\n', ' ');
      found_.text.append(mark_).append(shown).append("\n");
    }
    line_.clear();
    mark_.clear();
  }

  HtmlText finished() {
    flush();
    while (found_.text.ends_with("\n\n")) found_.text.pop_back();
    found_.text = repair_utf8(found_.text);
    return std::move(found_);
  }

  HtmlText found_;
  std::string line_;  // what is not written yet
  std::string mark_;  // to stand before it
  bool row_ = false;
};

}  // namespace

HtmlText html_to_text(std::string_view html) {
  if (html.size() > kMostBytes) throw Error(ErrorKind::kInvalidArgument, "an HTML document has at most 1 GiB; divide it");
  constexpr int kOptions = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  const std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> document(
      htmlReadMemory(html.data(), static_cast<int>(html.size()), nullptr, "UTF-8", kOptions), xmlFreeDoc);
  const xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  return root == nullptr ? HtmlText() : Walk()(root);
}

}  // namespace memllm
