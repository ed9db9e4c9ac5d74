import { useLanguage } from "@/strings";
import { de } from "./system_de";
import { en, type SystemStrings } from "./system_en";

const all = { en, de };

export const useSystemStrings = (): SystemStrings => all[useLanguage()];
