// A text in a form in which it can be compared without case, as nearly as a browser can follow the store (PROTOCOL 4).
// Capital letters make ß equal to ss, and the three sigmas equal.
export const folded = (text: string): string => text.normalize("NFD").toLowerCase().toUpperCase().normalize("NFC");
