import type { TableField } from '../bridge/index';

/** What a column can be taken as, in the order of the form. A field without its place here is a type error. */
const order: Record<TableField, number> = {
  leave_out: 0,
  source_id: 1,
  full_name: 2,
  given_name: 3,
  middle_name: 4,
  family_name: 5,
  prefix: 6,
  suffix: 7,
  preferred_name: 8,
  date_of_birth: 9,
  estimated_age_years: 10,
  sex: 11,
  email: 12,
  phone: 13,
  language: 14,
  address_line: 15,
  city: 16,
  state: 17,
  postal_code: 18,
  country: 19,
  ssn: 20,
  insurance_number: 21,
  contact_name: 22,
  contact_relationship: 23,
  contact_phone: 24,
  deceased_date: 25,
};

export const tableFields = (Object.keys(order) as TableField[]).sort((a, b) => order[a] - order[b]);
