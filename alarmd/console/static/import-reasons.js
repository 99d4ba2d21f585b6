// Where a row of a file is wrong or odd, and why, in the reader's language: the API says it in one of its own.
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
];

/** A reason in the reader's language; one that is not known stands as it is. */
export function reasonText(reason) {
  const [pattern, key] = REASONS.find(([known]) => known.test(reason)) ?? [];
  return key ? t(`import.why.${key}`, pattern.exec(reason)) : reason;
}

/** `line 3, column 위도` in the reader's language. */
export function placeText(where) {
  const found = /^line (\d+)(?:, column (.+))?$/.exec(where);
  if (!found) return where;
  return found[2] ? t("import.where.column", found) : t("import.where.line", found);
}
