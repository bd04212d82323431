(** * Pool (G): serving slots from a pool of neurons.

    [serve fit slots av] serves the slots in order: each takes the first available neuron that fits
    it, and (so that the result is always an injective placement) any available neuron where none
    fits; [servefail] says that some slot found no fitting neuron. A neuron r fits slot s if it is
    eligible ([el r]) and the edges [rq s r] have the prescribed signs.
    - G1: n slots whose edges are fresh, k edges each, among u eligible neurons: the failure
      probability is at most the sum over i < n of q^(u-i), q = 1 - 2^-k. ([G1] is this sum, written
      with i from 0.)
    - G2, G3: eligibility is itself decided by one shared fresh sign per neuron: the failure
      probability is at most (sum over i < n of q^-i) ((1+q)/2)^N; with q = 1/2 this is
      (2^n - 1)(3/4)^N, with q = 3/4, for both signs of the shared source together,
      6((4/3)^n - 1)(7/8)^N. *)
Require Import ZArith Reals List Lra Lia Psatz Bool Permutation.
From Pmone Require Import Sums Probability.
Import ListNotations.
Open Scope R_scope.

(** ** serving *)
Section Serve.
Context {Slot : Type}.
Definition pick (f : nat -> bool) (av : list nat) : nat :=
  match find f av with Some r => r | None => hd 0%nat av end.
Definition drop (r : nat) (av : list nat) : list nat := remove Nat.eq_dec r av.
Definition nofit (f : nat -> bool) (av : list nat) : bool := forallb (fun r => negb (f r)) av.

Fixpoint serve (fit : Slot -> nat ->
  bool) (slots : list Slot) (av : list nat) : list (Slot * nat) :=
  match slots with
  | [] => []
  | s :: ss => let r := pick (fit s) av in (s, r) :: serve fit ss (drop r av)
  end.
Fixpoint servefail (fit : Slot -> nat -> bool) (slots : list Slot) (av : list nat) : bool :=
  match slots with
  | [] => false
  | s :: ss => nofit (fit s) av || servefail fit ss (drop (pick (fit s) av) av)
  end.

Lemma serve_fst fit slots : forall av, map fst (serve fit slots av) = slots.
Proof. induction slots; intros; cbn; auto. rewrite IHslots; auto. Qed.

Lemma pick_fit f av : nofit f av = false -> In (pick f av) av /\ f (pick f av) = true.
Proof.
  unfold nofit, pick. intros H. destruct (find f av) as [r|] eqn:F.
  - apply find_some in F. tauto.
  - exfalso. enough (forallb (fun r => negb (f r)) av = true) by congruence.
    apply forallb_forall. intros r Hr. apply negb_true_iff. eapply find_none; eauto.
Qed.
Lemma pick_in f av : av <> [] -> In (pick f av) av.
Proof.
  unfold pick. intros H. destruct (find f av) as [r|] eqn:F.
  - apply find_some in F. tauto.
  - destruct av; [congruence|left; auto].
Qed.
Lemma drop_in r x av : In x (drop r av) <-> In x av /\ x <> r.
Proof. unfold drop. split; [apply in_remove|]. intros []. apply in_in_remove; auto. Qed.
Lemma drop_NoDup r av : NoDup av -> NoDup (drop r av).
Proof.
  unfold drop. induction 1; cbn; [constructor|]. destruct (Nat.eq_dec r x); auto. constructor; auto.
  intros X. apply in_remove in X. tauto.
Qed.
Lemma drop_length_filter el r av : NoDup av ->
  (length (filter el av) - 1 <= length (filter el (drop r av)))%nat.
Proof.
  unfold drop. induction 1 as [|a l Ha ND IH]; cbn; [lia|].
  destruct (Nat.eq_dec r a) as [->|Ne].
  - rewrite notin_remove by auto. destruct (el a); cbn; lia.
  - cbn. destruct (el a); cbn; lia.
Qed.
Lemma filter_true {X} (l : list X) : filter (fun _ => true) l = l.
Proof. induction l; cbn; congruence. Qed.
Lemma drop_length r av : NoDup av -> (length av - 1 <= length (drop r av))%nat.
Proof.
  intros H. pose proof (drop_length_filter (fun _ => true) r av H) as D. rewrite !filter_true in D.
  auto.
Qed.

(** the result is injective and inside the pool, if nothing failed or the pool is large enough *)
Theorem serve_valid fit slots : forall av, NoDup av ->
  servefail fit slots av = false \/ (length slots <= length av)%nat ->
  NoDup (map snd (serve fit slots av)) /\ incl (map snd (serve fit slots av)) av.
Proof.
  induction slots as [|s ss IH]; intros av ND Hok; cbn [serve map snd].
  - split; [constructor|intros x []].
  - set (r := pick (fit s) av) in *.
    assert (P : In r av).
    { destruct Hok as [H|H]; cbn [servefail length] in H.
      - apply orb_false_iff in H as [H _]. apply pick_fit in H. tauto.
      - apply pick_in. intros ->. cbn in H. lia. }
    assert (Hok' : servefail fit ss (drop r av) = false \/ (length ss <= length (drop r av))%nat).
    { destruct Hok as [H|H]; cbn [servefail length] in H.
      - apply orb_false_iff in H as [_ H]. auto.
      - right. pose proof (drop_length r av ND). lia. }
    destruct (IH (drop r av) (drop_NoDup r av ND) Hok') as [N I]. split.
    + constructor; auto. intros X. apply I, drop_in in X. tauto.
    + intros x [<-|Hx]; auto. apply I, drop_in in Hx. tauto.
Qed.

Theorem serve_fits fit slots : forall av, servefail fit slots av = false ->
  forall s r, In (s, r) (serve fit slots av) -> fit s r = true.
Proof.
  induction slots as [|s ss IH]; intros av H s' r' Hi; cbn [serve servefail] in *; [easy|].
  apply orb_false_iff in H as [H1 H2]. destruct Hi as [Hi|Hi].
  - injection Hi as <- <-. apply pick_fit in H1. tauto.
  - eapply IH; eauto.
Qed.

Lemma pick_ext f g av : (forall r, In r av -> f r = g r) -> pick f av = pick g av.
Proof. intros H. unfold pick. rewrite (find_ext_in f g); auto. Qed.
Lemma nofit_ext f g av : (forall r, In r av -> f r = g r) -> nofit f av = nofit g av.
Proof. intros H. unfold nofit. apply forallb_ext_in. intros r Hr. rewrite H; auto. Qed.

Lemma serve_ext fit fit' slots : forall av,
  (forall s r, In s slots -> In r av -> fit s r = fit' s r) ->
  serve fit slots av = serve fit' slots av /\ servefail fit slots av = servefail fit' slots av.
Proof.
  induction slots as [|s ss IH]; intros av H; cbn [serve servefail]; auto.
  rewrite (pick_ext (fit s) (fit' s)), (nofit_ext (fit s) (fit' s)) by (intros; apply H; auto; left;
    auto).
  destruct (IH (drop (pick (fit' s) av) av)) as [-> ->]; auto.
  intros s' r Hs Hr. apply H; [right; auto|]. apply drop_in in Hr. tauto.
Qed.
End Serve.

(** ** the failure probability *)
(** G1's sum: n slots, u eligible neurons, each unfit with probability q *)
Definition G1 (n u : nat) (q : R) : R := rsum (fun i => q ^ (u - i)) (seq 0 n).
Definition unfit (k : nat) : R := 1 - (1/2) ^ k.

Lemma unfit_range k : 0 <= unfit k <= 1.
Proof.
  unfold unfit. pose proof (pow_le (1/2) k ltac:(lra)).
  pose proof (pow_incr (1/2) 1 k ltac:(lra)). rewrite pow1 in *. lra.
Qed.
Lemma unfit_1 : unfit 1 = 1/2. Proof. unfold unfit. cbn. lra. Qed.
Lemma unfit_2 : unfit 2 = 3/4. Proof. unfold unfit. cbn. lra. Qed.
Lemma G1_nonneg n u q : 0 <= q -> 0 <= G1 n u q.
Proof. intros. apply rsum_nonneg. intros. apply pow_le; auto. Qed.
Lemma G1_S n u q : G1 (S n) u q = q ^ u + G1 n (u - 1) q.
Proof.
  unfold G1. cbn [seq rsum]. rewrite Nat.sub_0_r, seq_shift_S, rsum_map. f_equal.
  apply rsum_ext. intros. f_equal. lia.
Qed.
Definition half := 1/2. Definition threeq := 3/4.
Lemma G1_zero n u : (n <= u)%nat -> G1 n u 0 = 0.
Proof.
  intros H. unfold G1. apply rsum_zero. intros i Hi. apply in_seq in Hi. apply pow_ne_zero. lia.
Qed.
Lemma G1_anti n u u' q : 0 <= q <= 1 -> (u' <= u)%nat -> G1 n u q <= G1 n u' q.
Proof. intros. apply rsum_le. intros. apply pow_anti; auto. lia. Qed.

Section Pool.
Context {Slot : Type} (rq : Slot -> nat -> list (coord * bool)) (k : nat) (el : nat -> bool).
Definition cds (s : Slot) (r : nat) : list coord := map fst (rq s r).
Definition fitrq (w : signs) (s : Slot) (r : nat) : bool := el r && fits (rq s r) w.

Lemma fitrq_agree w w' s r : (forall x, In x (cds s r) -> w' x = w x) -> fitrq w' s r = fitrq w s r.
Proof. intros H. unfold fitrq. rewrite (fits_agree _ w w'); auto. Qed.

(** one slot: every eligible neuron of the list fails independently *)
Lemma nofit_prob s l : (forall r, length (rq s r) = k) -> NoDup (flat_map (cds s) l) -> forall w,
  E (flat_map (cds s) l) (fun w => ind (nofit (fitrq w s) l)) w = unfit k ^ length (filter el l).
Proof.
  intros rq_len.
  induction l as [|r l IH]; intros ND w; cbn [flat_map nofit forallb filter length pow E]; auto.
  cbn [flat_map] in ND. destruct (NoDup_app_inv _ _ ND) as (N1 & N2 & D).
  rewrite E_app.
  rewrite (E_ext _ _ (fun w => unfit k ^ length (filter el l) * ind (negb (fitrq w s r)))).
  - rewrite E_scal.
    assert (P : E (cds s r) (fun w => ind (negb (fitrq w s r))) w = if el r then unfit k else 1).
    { unfold fitrq. destruct (el r); cbn [andb].
      - rewrite (E_ext _ _ (fun w => 1 + (-1) * ind (fits (rq s r) w))).
        + rewrite E_plus, E_const, E_scal. unfold cds. rewrite E_pattern by auto.
          rewrite rq_len. unfold unfit. lra.
        + intros; rewrite ind_neg; lra.
      - apply E_const. }
    rewrite P. destruct (el r); cbn [length pow]; lra.
  - intros w1 _. rewrite <- (IH N2 w1). rewrite Rmult_comm.
    rewrite <- (E_factor _ _ (fun w => ind (negb (fitrq w s r)))).
    + apply E_ext. intros w2 _. apply ind_and.
    + intros w2 A. rewrite (fitrq_agree w1 w2); auto.
Qed.

Lemma flat_map_incl_NoDup s av pool : NoDup av -> incl av pool -> NoDup pool ->
  NoDup (flat_map (cds s) pool) -> NoDup (flat_map (cds s) av).
Proof.
  intros Na I Np ND.
  assert (U : forall x y z, In x pool -> In y pool -> In z (cds s x) -> In z (cds s y) -> x = y).
  { clear -ND. induction pool as [|a l IH]; intros x y z Hx Hy Zx Zy; [easy|]. cbn in ND.
    destruct (NoDup_app_inv _ _ ND) as (_ & N2 & D).
    destruct Hx as [->|Hx], Hy as [->|Hy]; auto; [exfalso|exfalso|eapply IH; eauto].
    - apply (D z Zx). apply in_flat_map; eauto.
    - apply (D z Zy). apply in_flat_map; eauto. }
  apply NoDup_flat_map; auto.
  - intros x Hx. apply I in Hx. clear -Hx ND. induction pool as [|a l IH]; [easy|]. cbn in ND.
    destruct (NoDup_app_inv _ _ ND) as (N1 & N2 & _). destruct Hx as [->|]; auto.
  - intros x y z Hx Hy. apply U; auto.
Qed.

Variable pool : list nat.
Hypothesis pool_nd : NoDup pool.
Definition scds (s : Slot) : list coord := flat_map (cds s) pool.

(** the edges of all slots and neurons are different coordinates *)
Lemma scds_NoDup slots : NoDup slots -> (forall s r, In s slots -> In r pool -> NoDup (cds s r)) ->
  (forall s s' r r' z, In s slots -> In s' slots -> In r pool -> In r' pool ->
     In z (cds s r) -> In z (cds s' r') -> s = s' /\ r = r') -> NoDup (flat_map scds slots).
Proof.
  intros Ns Nc Hu. apply NoDup_flat_map; auto.
  - intros s Hs. apply NoDup_flat_map; auto. intros r r' z Hr Hr' H1 H2.
    apply (Hu s s r r' z); auto.
  - intros s s' z Hs Hs' H1 H2. apply in_flat_map in H1 as (r & Hr & H1), H2 as (r' & Hr' & H2).
    apply (Hu s s' r r' z); auto.
Qed.

(** G1: at most the sum of q^(u-i), u the number of eligible neurons available *)
Theorem G1_pool_failure slots : (forall s r, In s slots -> length (rq s r) = k) ->
  NoDup (flat_map scds slots) ->
  forall av u w, NoDup av -> incl av pool -> (u <= length (filter el av))%nat ->
  E (flat_map scds slots) (fun w => ind (servefail (fitrq w) slots av)) w <=
    G1 (length slots) u (unfit k).
Proof.
  pose proof (unfit_range k) as Q.
  induction slots as [|s ss IH]; intros Lk ND av u w Na Ia Hu; cbn [flat_map length servefail].
  - cbn. unfold G1. cbn. lra.
  - cbn [flat_map] in ND. destruct (NoDup_app_inv _ _ ND) as (N1 & N2 & D).
    rewrite E_app, G1_S.
    eapply Rle_trans with (E (scds s) (fun w => ind (nofit (fitrq w s) av) +
      G1 (length ss) (u - 1) (unfit k)) w).
    + apply E_le. intros w1 _.
      rewrite (E_ext (flat_map scds ss) _
        (fun w' => ind (nofit (fitrq w1 s) av || servefail (fitrq w') ss
          (drop (pick (fitrq w1 s) av) av)))).
      2:{ intros w2 A. f_equal.
          assert (X : forall r, In r av -> fitrq w2 s r = fitrq w1 s r).
          { intros r Hr. apply fitrq_agree. intros x Hx. apply A. apply D. apply in_flat_map. eauto.
              }
          rewrite (nofit_ext _ (fitrq w1 s)), (pick_ext _ (fitrq w1 s)) by auto. reflexivity. }
      set (av' := drop (pick (fitrq w1 s) av) av).
      eapply Rle_trans.
      { apply E_le. intros w' _. apply (ind_or (nofit (fitrq w1 s) av)
          (servefail (fitrq w') ss av')). }
      rewrite E_plus, E_const. apply Rplus_le_compat_l. apply IH; auto.
      * intros s' r Hs'. apply Lk. right; auto.
      * apply drop_NoDup; auto.
      * intros x Hx. apply drop_in in Hx. apply Ia; tauto.
      * pose proof (drop_length_filter el (pick (fitrq w1 s) av) av Na). unfold av'. lia.
    + rewrite E_plus, E_const. apply Rplus_le_compat_r.
      assert (N3 : NoDup (flat_map (cds s) av)) by (apply (flat_map_incl_NoDup s av pool); auto).
      rewrite (E_sub (flat_map (cds s) av)); auto.
      * rewrite nofit_prob; auto; [apply pow_anti; auto|]. intros r; apply Lk; left; auto.
      * unfold scds. intros x Hx. apply in_flat_map in Hx as [r [Hr Hx]]. apply in_flat_map; eauto.
      * intros w1 w2 H. f_equal. apply nofit_ext. intros r Hr. apply fitrq_agree. intros x Hx.
        apply H.
        apply in_flat_map; eauto.
Qed.

(** the same over any larger set of coordinates *)
Lemma servefail_reads slots : forall av w w', incl av pool ->
  (forall c, In c (flat_map scds slots) -> w' c = w c) ->
  servefail (fitrq w') slots av = servefail (fitrq w) slots av.
Proof.
  intros av w w' Ia H. apply serve_ext. intros s r Hs Hr. apply fitrq_agree. intros x Hx. apply H.
  apply in_flat_map. exists s. split; auto. apply in_flat_map. exists r. auto.
Qed.
Theorem G1_over D slots w : NoDup D -> incl (flat_map scds slots) D ->
  (forall s r, In s slots -> length (rq s r) = k) -> NoDup (flat_map scds slots) ->
  E D (fun w => ind (servefail (fitrq w) slots pool)) w <=
    G1 (length slots) (length (filter el pool)) (unfit k).
Proof.
  intros ND I Lk NS. rewrite (E_sub (flat_map scds slots)); auto.
  - apply G1_pool_failure; auto. apply incl_refl.
  - intros w1 w2 H. f_equal. apply servefail_reads; auto. apply incl_refl.
Qed.
End Pool.

(** ** a shared sign: the number of eligible neurons is binomial *)
Section Shared.
Variables (cc : nat -> coord) (b : bool) (q : R).
Definition shared (w : signs) (r : nat) : bool := Bool.eqb (w (cc r)) b.

Lemma E_shared_pow pool : NoDup (map cc pool) -> forall w,
  E (map cc pool) (fun w => q ^ length (filter (shared w) pool)) w = ((1 + q) / 2) ^ length pool.
Proof.
  induction pool as [|r l IH]; intros ND w; cbn [map filter length pow E]; auto.
  cbn in ND. inversion_clear ND.
  assert (G : forall b0,
    E (map cc l) (fun w =>
    q ^ length (if shared w r then r :: filter (shared w) l else filter (shared w) l))
    (upd w (cc r) b0)
     = (if Bool.eqb b0 b then q else 1) * ((1 + q) / 2) ^ length l).
  { intros b0. rewrite <- (IH H0 (upd w (cc r) b0)), <- E_scal. apply E_ext. intros w' A.
    unfold shared at 1. rewrite (A (cc r)) by auto. unfold upd at 1.
    destruct (ceq (cc r) (cc r)); [|congruence].
    destruct (Bool.eqb b0 b); cbn [length pow]; lra. }
  rewrite !G. destruct b; cbn [Bool.eqb]; field.
Qed.

Lemma pow_sub_bound m i : 0 < q <= 1 -> q ^ (m - i) <= (/ q) ^ i * q ^ m.
Proof.
  intros Q. destruct (Nat.le_gt_cases i m) as [H|H].
  - replace m with (m - i + i)%nat at 2 by lia. rewrite pow_add.
    right. rewrite pow_inv. field. apply pow_nonzero; lra.
  - replace (m - i)%nat with 0%nat by lia. rewrite pow_O.
    replace i with (i - m + m)%nat by lia. rewrite pow_add, Rmult_assoc, <- Rpow_mult_distr, Rinv_l,
      pow1, Rmult_1_r by lra.
    apply pow_R1_Rle. rewrite <- Rinv_1. apply Rinv_le_contravar; lra.
Qed.

Definition Gs (n N : nat) : R := rsum (fun i => (/ q) ^ i) (seq 0 n) * ((1 + q) / 2) ^ N.

(** averaged over the shared signs, G1's sum is at most [Gs] *)
Theorem G_shared pool n w : 0 < q <= 1 -> NoDup (map cc pool) ->
  E (map cc pool) (fun w => G1 n (length (filter (shared w) pool)) q) w <= Gs n (length pool).
Proof.
  intros Q ND. unfold G1, Gs.
  eapply Rle_trans.
  { apply E_le. intros w' _. apply rsum_le. intros i _. apply (pow_sub_bound _ i Q). }
  cbn beta. rewrite (E_rsum _ (fun i w => (/ q) ^ i * q ^ length (filter (shared w) pool))).
  rewrite <- (Rmult_comm (((1 + q) / 2) ^ length pool)), <- rsum_scal. right. apply rsum_ext.
  intros i _.
  rewrite E_scal, E_shared_pow by auto. ring.
Qed.
End Shared.

(** G2 and G3: slots that share one source (edge [cc r] of neuron r, sign b) and need k fresh edges
    besides; they are served from the eligible neurons alone, or from the whole pool *)
Theorem G2_pool_failure {Slot} (rq : Slot -> nat ->
  list (coord * bool)) k cc b pool slots (alone : bool) D w :
  (1 <= k)%nat -> NoDup pool -> NoDup D ->
  NoDup (map cc pool ++ flat_map (scds rq pool) slots) -> incl (map cc pool ++
    flat_map (scds rq pool) slots) D ->
  (forall s r, In s slots -> length (rq s r) = k) ->
  E D (fun w => ind (servefail (fun s r => shared cc b w r && fits (rq s r) w) slots
                      (if alone then filter (shared cc b w) pool else pool))) w
  <= Gs (unfit k) (length slots) (length pool).
Proof.
  intros Hk Np ND NS I Lk.
  set (av := fun w => if alone then filter (shared cc b w) pool else pool).
  assert (Ia : forall w, incl (av w) pool).
  { intros w1. unfold av. destruct alone;
      [|apply incl_refl]. intros x Hx. apply filter_In in Hx. tauto. }
  assert (Na : forall w, NoDup (av w)) by (intros; unfold av; destruct alone; auto;
    apply NoDup_filter; auto).
  assert (Sh : forall w1 w2, (forall x, In x (map cc pool) -> w2 x = w1 x) -> forall r, In r pool ->
    shared cc b w2 r = shared cc b w1 r).
  { intros w1 w2 H r Hr. unfold shared. rewrite H; auto. apply in_map; auto. }
  assert (Av : forall w1 w2, (forall x, In x (map cc pool) -> w2 x = w1 x) -> av w2 = av w1).
  { intros w1 w2 H. unfold av. destruct alone; auto. apply filter_ext_in. intros r Hr. apply Sh;
      auto. }
  destruct (NoDup_app_inv _ _ NS) as (N1 & N2 & Dj).
  rewrite (E_sub (map cc pool ++ flat_map (scds rq pool) slots)); auto.
  2:{ intros w1 w2 H. fold (av w1) (av w2). f_equal.
      assert (HC : forall x, In x (map cc pool) -> w2 x = w1 x) by (intros; apply H, in_or_app;
        auto).
      rewrite (Av w1 w2) by auto. apply serve_ext. intros s r Hs Hr. apply Ia in Hr.
      rewrite (Sh w1 w2) by auto. f_equal.
      apply fits_agree. intros x Hx. apply H, in_or_app. right. apply in_flat_map. exists s.
      split; auto.
      apply in_flat_map. exists r. auto. }
  rewrite E_app.
  assert (Q : 0 < unfit k <= 1).
  { pose proof (unfit_range k). unfold unfit in *. destruct k as [|k]; [lia|]. cbn [pow] in *.
    pose proof (pow_incr (1/2) 1 k ltac:(lra)). rewrite pow1 in *. lra. }
  eapply Rle_trans; [|apply (G_shared cc b (unfit k) pool (length slots) w Q N1)].
  apply E_le. intros w1 _.
  rewrite (E_ext _ _ (fun w' => ind (servefail (fitrq rq (shared cc b w1) w') slots (av w1)))).
  - apply G1_pool_failure with (pool := pool); auto.
    unfold av. destruct alone; auto.
    assert (FF : forall ls, filter (shared cc b w1) (filter (shared cc b w1) ls) =
      filter (shared cc b w1) ls).
    { induction ls as [|a ls IH]; cbn; auto. destruct (shared cc b w1 a) eqn:Ea; cbn;
        rewrite ?Ea, ?IH; auto. }
    rewrite FF. auto.
  - intros w2 A. fold (av w2). f_equal.
    assert (HC : forall x, In x (map cc pool) -> w2 x = w1 x) by (intros; apply A, Dj; auto).
    rewrite (Av w1 w2) by auto. apply serve_ext. intros s r Hs Hr. apply Ia in Hr.
    unfold fitrq. rewrite (Sh w1 w2) by auto. auto.
Qed.

Lemma geom x n : x <> 1 -> rsum (fun i => x ^ i) (seq 0 n) = (x ^ n - 1) / (x - 1).
Proof.
  intros Hx. induction n; [cbn; field; lra|]. rewrite seq_S, rsum_app, IHn. cbn [rsum plus pow].
  field. lra.
Qed.

(** the closed forms of the mathematics *)
Definition G2 (n N : nat) : R := (2 ^ n - 1) * (3/4) ^ N.
Definition G3 (n N : nat) : R := 6 * ((4/3) ^ n - 1) * (7/8) ^ N.
Theorem G2_closed n N : Gs (1/2) n N = G2 n N.
Proof.
  unfold Gs, G2. replace (/ (1/2)) with 2 by field. replace ((1 + 1/2)/2) with (3/4) by field.
  rewrite geom by lra. field.
Qed.
Theorem G3_closed n N : 2 * Gs (3/4) n N = G3 n N.
Proof.
  unfold Gs, G3. replace (/ (3/4)) with (4/3) by field. replace ((1 + 3/4)/2) with (7/8) by field.
  rewrite geom by lra. field.
Qed.
Theorem G1_closed n N q : q <> 1 -> q <> 0 -> (n <= N)%nat ->
  G1 n N q = q ^ (N - n) * (q * (1 - q ^ n)) / (1 - q).
Proof.
  intros Q Q0 H. induction n in N, H |- *.
  - unfold G1. cbn. field. lra.
  - rewrite G1_S, IHn by lia. replace (N - 1 - n)%nat with (N - S n)%nat by lia.
    replace N with (N - S n + S n)%nat at 1 by lia. rewrite pow_add. cbn [pow]. field. lra.
Qed.
