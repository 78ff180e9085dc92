/** The same shape with other words. Chinese has no plural, so a counted word has its `_other` form only. */
export type Same<T> = {
  [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Same<T[K]>
}
