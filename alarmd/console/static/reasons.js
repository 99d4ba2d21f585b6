// Where a form or a file is wrong or odd, and why, in the reader's language: the API says it in one of its own.
import { t } from "./words.js";

const REASONS = [
  [/^empty$/, "empty"],
  [/^both addresses are empty$/, "addresses"],
  [/^empty, and the point is in no district/, "district"],
  [/^longer than (\d+) characters$/, "long"],
  [/^not five digits$/, "digits"],
  [/^not a number of degrees$/, "degrees"],
  [/^not a number of metres$/, "metres"],
  [/^not in Korea; latitude and longitude are swapped$/, "swapped"],
  [/^not in Korea/, "abroad"],
  [/^neither Y nor N$/, "yn"],
  [/^not a year$/, "year"],
  [/^not a date like (.+)$/, "date"],
  [/^the same name, district and address as in line (\d+)$/, "twice"],
  [/^no such telephone number can exist: left empty$/, "phone"],
  [/^cut off within a parenthesis$/, "cut"],
  [/^the same telephone number as in line (\d+)$/, "phone.twice"],
  [/^the same place as in line (\d+)$/, "place.twice"],
  [/^outside (.+) \(\d+\), by (\d+) m$/, "outside"],
  [/^(\d+) cells, but the first line names (\d+) columns$/, "cells"],
  [/^the same code, (\d+) m away$/, "like.code"],
  [/^the same telephone number, (\d+) m away$/, "like.phone"],
  [/^the same address, (\d+) m away$/, "like.address"],
  [/^the same name in the district, (\d+) m away$/, "like.name"],
  [/^has a NUL character$/, "nul"],
  [/^is there twice$/, "again"],
  [/^the file is empty/, "file.empty"],
  [/^the file names its columns, but has no rows$/, "file.rows"],
  [/^line 1: column (.+) is there twice$/, "file.column.twice"],
  [/^line (\d+): .+; is a quotation mark never closed\?$/, "file.quote"],
  [/^the file is neither UTF-8 /, "file.encoding"],
  [/^the file is not (\S+) \(byte /, "file.not.encoded"],
  [/^column missing: (.+); the file has (.+)$/, "file.missing"],
  [/^no column (.+), which was said to be (.+); the file has (.+)$/, "file.said"],
  [/^column (.+) was said to be several things$/, "file.said.twice"],
  [/^column (.+): EPSG:(\d+) is none of (.+): convert /, "file.epsg"],
  [/^neither a list of precincts \((.+)\) nor one of stations \((.+)\); the file has (.+)$/, "file.stations"],
  [/^the file looks like XLSX but cannot be read/, "file.workbook"],
  [/^no such telephone number can exist in Korea$/, "phone.none"],
  [/^give road_address or jibun_address$/, "addresses"],
  [/^lat .+, lon .+ is not in Korea; are lat and lon swapped\?$/, "swapped"],
  [/^lat .+, lon .+ is not in Korea$/, "abroad"],
  [/^String should match pattern '\^\\d\{5\}\$'$/, "digits"],
];

/** A reason in the reader's language; one that is not known stands as it is. */
export function reasonText(reason) {
  const [pattern, key] = REASONS.find(([known]) => known.test(reason)) ?? [];
  return key ? t(`why.${key}`, pattern.exec(reason)) : reason;
}

/** `line 3, column 위도` in the reader's language. */
export function placeText(where) {
  const found = /^line (\d+)(?:, column (.+))?$/.exec(where);
  if (!found) return where;
  return found[2] ? t("where.column", found) : t("where.line", found);
}
