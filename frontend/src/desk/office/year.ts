/** A year's days that are out of the ordinary, as the API has them. */
export interface Day {
  day: string
  workday: boolean
  name: string
  own: boolean
}

export interface Year {
  year: number
  published: boolean
  workdays: number | null
  days: Day[]
}
